"""Which hooks a plugin implements; whatever pluggy or the hub could not call as meant is refused.

Each plugin gets a plugin manager of its own: pluggy compares plugins with ``==``, and that is plugin code
too. Order among plugins is therefore ours; pluggy's depends on who registers first, and among ``trylast``
implementations the other way round than among the others.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import pluggy

from hub.plugin import Hooks, Plugin, hookspec
from hub.registry.instances import Implementation
from hub.settings import did_you_mean


class BadHook(Exception):
    """A hook implementation that cannot be used; the text says why and what to do."""


def implementations(plugin: Plugin | type[Plugin], name: str) -> Mapping[str, Implementation]:  # type: ignore[type-arg]
    """Return the hooks that *plugin* implements, by name of the hook.

    Also takes a class, to find out what is wrong with it before it can be constructed.

    Raises:
        BadHook: a hook is unmarked, misspelt, asynchronous, a wrapper, doubled, or takes other arguments.
    """
    manager = pluggy.PluginManager(hookspec.project_name)
    manager.add_hookspecs(Hooks)
    specs = {spec for spec in vars(manager.hook) if not spec.startswith("_")}
    for attribute in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, attribute)
        if options is None:
            _check_unmarked(plugin, attribute, specs)
            continue
        hook = options.get("specname") or attribute
        if hook not in specs:
            raise BadHook(f"{attribute} is marked @hookimpl and is no hook; {did_you_mean(hook, specs)}")
        if options.get("wrapper") or options.get("hookwrapper"):
            raise BadHook(f"{hook} is a hook wrapper; write a plain method, wrappers are not called")
    try:
        manager.register(plugin, name)
    except pluggy.PluginValidationError as exc:
        raise BadHook(" ".join(str(exc).split())) from exc
    return {hook: _implementation(manager, hook, plugin) for hook in specs if _found(manager, hook)}


def _check_unmarked(plugin: object, attribute: str, specs: set[str]) -> None:
    static = inspect.getattr_static(plugin, attribute, None)
    if attribute in specs and static is not inspect.getattr_static(Hooks, attribute):
        raise BadHook(f"{attribute} overrides a hook and is not marked; put @hookimpl above it")


def _found(manager: pluggy.PluginManager, hook: str) -> list[pluggy.HookImpl]:
    caller: pluggy.HookCaller = getattr(manager.hook, hook)
    return caller.get_hookimpls()


def _implementation(manager: pluggy.PluginManager, hook: str, plugin: object) -> Implementation:
    found, *more = _found(manager, hook)
    caller: pluggy.HookCaller = getattr(manager.hook, hook)
    arguments = caller.spec.argnames if caller.spec else ()
    if more:
        raise BadHook(f"{hook} is implemented {len(more) + 1} times; keep one")
    if inspect.iscoroutinefunction(found.function) or inspect.isasyncgenfunction(found.function):
        raise BadHook(f"{hook} is asynchronous; write 'def' and not 'async def', hooks run in threads")
    if not inspect.isclass(plugin):
        try:
            inspect.signature(found.function).bind(*arguments)
        except TypeError:
            raise BadHook(f"{hook} has the wrong signature; it takes (self{_listed(arguments)})") from None
    return Implementation(function=found.function, tryfirst=found.tryfirst, trylast=found.trylast)


def _listed(arguments: tuple[str, ...]) -> str:
    return "".join(f", {argument}" for argument in arguments)
