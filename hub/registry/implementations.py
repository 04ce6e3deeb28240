"""Which hooks a plugin implements; whatever could not be called as meant is refused.

Each plugin gets a plugin manager of its own: pluggy compares plugins with ``==``, and that is plugin code
too. Order among plugins is therefore ours; pluggy's depends on who registers first, and among ``trylast``
implementations the other way round than among the others.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import pluggy

from hub.plugin import Hooks, Plugin, hookspec
from hub.registry.instances import Implementation
from hub.settings import did_you_mean


class BadHook(Exception):
    """A hook implementation that cannot be used; the text says why and what to do."""


def check(plugin: type[Plugin[Any]]) -> None:
    """Look at a class before it is constructed.

    Raises:
        BadHook: a hook is unmarked, misspelt, asynchronous or a wrapper.
    """
    manager, specs = _manager()
    for attribute in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, attribute)
        if options is None:
            static = inspect.getattr_static(plugin, attribute, None)
            if attribute in specs and static is not inspect.getattr_static(Hooks, attribute):
                raise BadHook(f"{attribute} overrides a hook and is not marked; put @hookimpl above it")
            continue
        hook = options.get("specname") or attribute
        if hook not in specs:
            raise BadHook(f"{attribute} is marked @hookimpl and is no hook; {did_you_mean(hook, specs)}")
        if options.get("wrapper") or options.get("hookwrapper"):
            raise BadHook(f"{hook} is a hook wrapper; write a plain method, wrappers are not called")
        function = getattr(plugin, attribute)
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            raise BadHook(f"{hook} is asynchronous; write 'def' and not 'async def', hooks run in threads")


def implementations(plugin: Plugin[Any], name: str) -> Mapping[str, Implementation]:
    """Return the hooks that *plugin* implements, by name of the hook.

    Raises:
        BadHook: a hook takes other arguments than its specification, or is implemented twice.
    """
    manager, specs = _manager()
    for attribute in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, attribute)
        if options is not None:
            hook = options.get("specname") or attribute
            _check_signature(hook, getattr(plugin, attribute), specs[hook])
    manager.register(plugin, name)
    found = {}
    for hook in specs:
        caller: pluggy.HookCaller = getattr(manager.hook, hook)
        match caller.get_hookimpls():
            case [each]:
                found[hook] = Implementation(
                    function=each.function, tryfirst=each.tryfirst, trylast=each.trylast
                )
            case [_, *more]:
                raise BadHook(f"{hook} is implemented {len(more) + 1} times; keep one")
    return found


def _manager() -> tuple[pluggy.PluginManager, Mapping[str, tuple[str, ...]]]:
    """Return a manager that knows the hooks, and the arguments of each."""
    manager = pluggy.PluginManager(hookspec.project_name)
    manager.add_hookspecs(Hooks)
    callers: list[pluggy.HookCaller] = list(vars(manager.hook).values())
    return manager, {caller.name: caller.spec.argnames for caller in callers if caller.spec}


def _check_signature(hook: str, function: Callable[..., object], arguments: tuple[str, ...]) -> None:
    signature = inspect.signature(function)
    fits = tuple(signature.parameters)[: len(arguments)] == arguments
    try:
        signature.bind(*arguments)
    except TypeError:
        fits = False
    if not fits:
        takes = ", ".join(("self", *arguments))
        raise BadHook(f"{hook} has the wrong signature; it takes ({takes})")
