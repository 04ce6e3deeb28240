"""From an installed plugin to an instance that works, or to the reason why it does not."""

from __future__ import annotations

import inspect
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from hub.plugin import API_VERSION, ConfigurationError, Context, Plugin, PluginError
from hub.registry import calls
from hub.registry.calls import Call
from hub.registry.declarations import problems
from hub.registry.discovery import CORE, BuiltIn, EntryPoint, Wanted, origin
from hub.registry.errors import CallFailed
from hub.registry.guard import Guard
from hub.registry.implementations import BadHook, check, implementations
from hub.registry.instances import Declarations, Implementation, Instance, Status, inbound_path
from hub.settings import INSTANCE_NAME, RESERVED_NAMES, nearest, validate

_DECLARING: Mapping[str, Call[Any]] = {
    call.name: call
    for call in (
        calls.SOURCES,
        calls.PORTAL_SOURCES,
        calls.RESOLVERS,
        calls.COMMANDS,
        calls.JOBS,
        calls.TIMERS,
        calls.HEALTH_CHECKS,
        calls.CLI_COMMANDS,
    )
}


class Refused(Exception):
    """The instance cannot be used."""

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Loader:
    """Loads instances, from several threads if need be; whatever one of them does, the others are not touched.

    Args:
        make_context: returns the context of an instance, by name.
        secret_key_present: whether bodies can be encrypted, which ``sensitive`` sources need.
    """

    def __init__(
        self, guard: Guard, make_context: Callable[[str], Context], *, secret_key_present: bool
    ) -> None:
        self._guard = guard
        self._make_context = make_context
        self._secret_key_present = secret_key_present
        self._imported: dict[int, object | Refused] = {}
        self._importing: dict[int, threading.Lock] = {}

    def load(self, wanted: Wanted) -> Instance:
        """Return the instance, active or with the reason why it is not."""
        distribution, version = origin(wanted.claims[0]) if len(wanted.claims) == 1 else ("", "")
        instance = Instance(
            name=wanted.name,
            plugin_name=wanted.plugin_name,
            distribution=distribution,
            version=version,
            status=Status.ACTIVE,
        )
        try:
            plugin = self._class(_only_claimant(wanted), wanted)
            instance = replace(instance, api_version=_text(getattr(plugin, "api_version", "")))
            return self._construct(instance, plugin, wanted)
        except Refused as refused:
            return replace(instance, status=refused.status, reason=refused.reason)

    def _class(self, entry_point: EntryPoint, wanted: Wanted) -> type[Plugin[Any]]:
        with self._importing.setdefault(id(entry_point), threading.Lock()):
            found = self._imported.get(id(entry_point))
            if found is None:
                found = self._imported[id(entry_point)] = self._import(entry_point, wanted)
        if isinstance(found, Refused):
            raise found
        if not (inspect.isclass(found) and issubclass(found, Plugin)):
            raise Refused(Status.BROKEN, "the entry point is no class derived from hub.plugin.Plugin")
        return found

    def _import(self, entry_point: EntryPoint, wanted: Wanted) -> object | Refused:
        try:
            loaded: object = self._guard.call(wanted.name, calls.LOAD, entry_point.load)
        except (CallFailed, PluginError) as exc:
            hint = f"see the log, then update or uninstall {origin(entry_point)[0] or wanted.plugin_name}"
            return Refused(Status.BROKEN, f"cannot be imported: {_said(exc)}; {hint}")
        return loaded

    def _construct(self, instance: Instance, plugin: type[Plugin[Any]], wanted: Wanted) -> Instance:
        name = instance.name
        _check_api_version(plugin)
        self._run(name, "checking the hooks", lambda: check(plugin))
        model = getattr(plugin, "settings_model", None)
        if not (inspect.isclass(model) and issubclass(model, BaseModel)):
            raise Refused(Status.BROKEN, "settings_model is no class derived from hub.plugin.PluginSettings")
        settings: BaseModel = self._run(
            name, "settings_model", lambda: validate(model, wanted.table.own, at=("plugins", name))
        )
        context = self._make_context(name)
        made: Plugin[Any] = self._run(name, "the constructor", lambda: plugin(settings, context))
        hooks: Mapping[str, Implementation] = self._run(
            name, "checking the hooks", lambda: implementations(made, name)
        )
        declared = Declarations(**{hook: self._declare(name, hook, hooks) for hook in _DECLARING})
        wrong: Sequence[str] = self._run(name, "checking the declarations", lambda: problems(declared, name))
        if wrong:
            raise Refused(Status.BROKEN, "; ".join(wrong))
        sensitive = [inbound_path(name, source.path) for source in declared.sources if source.sensitive]
        if sensitive and not self._secret_key_present:
            raise Refused(
                Status.MISCONFIGURED,
                f"{sensitive[0]} keeps data encrypted, HUB_SECRET_KEY is not set; 'hub init' prints one",
            )
        return replace(instance, plugin=made, settings=settings, hooks=hooks, declared=declared)

    def _declare(self, name: str, hook: str, hooks: Mapping[str, Implementation]) -> tuple[Any, ...]:
        if hook not in hooks:
            return ()
        try:
            found: tuple[Any, ...] = self._guard.call(name, _DECLARING[hook], hooks[hook].function)
        except (CallFailed, PluginError) as exc:
            raise Refused(Status.BROKEN, f"{hook}() {_said(exc)}") from exc
        return found

    def _run(self, name: str, what: str, function: Callable[[], Any]) -> Any:
        try:
            return self._guard.call(name, calls.LOAD, lambda: _kept(function))()
        except ConfigurationError as exc:
            raise Refused(Status.MISCONFIGURED, "; ".join(exc.problems)) from exc
        except BadHook as exc:
            raise Refused(Status.BROKEN, str(exc)) from exc
        except (CallFailed, PluginError) as exc:
            raise Refused(Status.BROKEN, f"{what} {_said(exc)}") from exc


def without_scheme_conflicts(instances: Iterable[Instance]) -> list[Instance]:
    """Refuse every claimant of an address scheme claimed twice; built-in plugins keep theirs."""
    found = list(instances)
    own = {scheme for each in found if each.distribution == CORE for scheme in _schemes(each)}
    claims = Counter(scheme for each in found for scheme in _schemes(each))
    return [_settled(each, found, {s for s in _schemes(each) if claims[s] > 1}, own) for each in found]


def _settled(instance: Instance, all_: Sequence[Instance], disputed: set[str], own: set[str]) -> Instance:
    if not disputed or instance.distribution == CORE:
        return instance
    scheme = min(disputed)
    if scheme in own:
        reason = f"the address scheme {scheme!r} belongs to the hub; the plugin has to choose another"
    else:
        rivals = [each.name for each in all_ if each is not instance and scheme in _schemes(each)]
        reason = (
            f"the address scheme {scheme!r} is claimed by {', '.join(rivals)} too;"
            " disable all but one with enabled = false"
        )
    return replace(instance, status=Status.CONFLICT, reason=reason)


def _schemes(instance: Instance) -> set[str]:
    if instance.status is not Status.ACTIVE:
        return set()
    return {resolver.scheme for resolver in instance.declared.resolvers}


def _only_claimant(wanted: Wanted) -> EntryPoint:
    name, plugin_name = wanted.name, wanted.plugin_name
    built_in = bool(wanted.claims) and isinstance(wanted.claims[0], BuiltIn)
    if not wanted.table.enabled:
        raise Refused(Status.DISABLED, f"enabled = false in [plugins.{name}]")
    if not re.fullmatch(INSTANCE_NAME, name):
        raise Refused(Status.BROKEN, "the name is malformed; use small letters, digits and hyphens")
    if name in RESERVED_NAMES and not (built_in and name == plugin_name):
        raise Refused(Status.CONFLICT, f"the name {name!r} belongs to the hub; choose another")
    if wanted.rivals:
        rivals = " and ".join(wanted.rivals)
        raise Refused(Status.CONFLICT, f"the name is claimed by {rivals} too; keep one of them")
    if not wanted.claims:
        raise Refused(Status.MISCONFIGURED, _not_installed(plugin_name, wanted.known))
    if len(wanted.claims) > 1:
        names = " and ".join(origin(claim)[0] for claim in wanted.claims)
        raise Refused(Status.CONFLICT, f"plugin {plugin_name!r} is claimed by {names}; uninstall one of them")
    return wanted.claims[0]


def _not_installed(name: str, known: Iterable[str]) -> str:
    if near := nearest(name, known):
        return f"no plugin {name!r} is installed; did you mean {near!r}?"
    return (
        f"no plugin {name!r} is installed ('hub plugins list' shows those that are);"
        " plugins are packages such as hub-plugin-<name>"
    )


def _check_api_version(plugin: type[Plugin[Any]]) -> None:
    asked = getattr(plugin, "api_version", None)
    if not isinstance(asked, str) or not re.fullmatch(r"\d{1,4}\.\d{1,4}", asked):
        raise Refused(Status.BROKEN, f"api_version is missing or malformed; set it to {API_VERSION!r}")
    major, minor = map(int, asked.split("."))
    ours_major, ours_minor = map(int, API_VERSION.split("."))
    if major == ours_major and minor <= ours_minor:
        return
    update = "the plugin" if major < ours_major else "the hub"
    raise Refused(
        Status.INCOMPATIBLE, f"made for plugin API {asked}, the hub has {API_VERSION}; update {update}"
    )


def _kept(function: Callable[[], Any]) -> Callable[[], Any]:
    """Return a function that gives the result, or raises what the operator or author has to change."""
    try:
        value = function()
    except (ConfigurationError, BadHook) as exc:
        error = exc
    else:
        return lambda: value

    def fail() -> Any:
        raise error

    return fail


def _said(error: CallFailed | PluginError) -> str:
    return error.message if isinstance(error, CallFailed) else f"raised {type(error).__name__}: {error}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
