"""All instances: looked up by name, path, scheme or event, and called through the guard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from re import Pattern
from typing import Any, NamedTuple, TypeVar

from hub.plugin import (
    Clock,
    Command,
    Context,
    Delivery,
    Job,
    Notification,
    Plugin,
    PluginError,
    PortalSource,
    Resolver,
    Source,
    Timer,
)
from hub.registry import calls
from hub.registry.declarations import path_pattern
from hub.registry.discovery import BuiltIn, EntryPoint, installed, wanted
from hub.registry.editing import Edited, edit, editors
from hub.registry.errors import CallFailed, MethodNotAllowed, Unavailable, UnknownInstance, UnknownPath
from hub.registry.guard import Guard
from hub.registry.instances import Declarations, Declared, Instance, Status, StatusChange
from hub.registry.lifecycle import start, stop
from hub.registry.loading import Loader, without_scheme_conflicts
from hub.settings import PluginTable

D = TypeVar("D")

_LOADED_TOGETHER = 8


@dataclass(frozen=True, kw_only=True)
class SourceMatch:
    """The source that takes a request, with what its path pattern captured."""

    source: Source
    path_params: Mapping[str, str]


class _Endpoint(NamedTuple):
    pattern: Pattern[str]
    source: Source


class Registry:
    """The instances of one hub.

    Look-ups see active and failing instances only; an instance taken from here carries the status it had at
    that moment.
    """

    def __init__(self, instances: Sequence[Instance], guard: Guard) -> None:
        self.guard = guard
        self._instances = tuple(instances)
        self._by_name = _by_name(instances)
        live = [each for each in instances if each.status.serves]
        self._endpoints = {
            each.name: [_Endpoint(path_pattern(source.path), source) for source in each.declared.sources]
            for each in live
        }
        self._live = live
        self._editors = editors(live)
        self._resolvers = {
            item.scheme: (each.name, item) for each in live for item in each.declared.resolvers
        }
        self._commands = {(each.name, item.name): item for each in live for item in each.declared.commands}
        self._timers = {(each.name, item.name): item for each in live for item in each.declared.timers}

    @classmethod
    def load(
        cls,
        tables: Mapping[str, PluginTable],
        make_context: Callable[[str], Context],
        *,
        entry_points: Iterable[EntryPoint] | None = None,
        builtin: Mapping[str, type[Plugin[Any]]] | None = None,
        secret_key_present: bool,
        clock: Clock,
        scope: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> Registry:
        """Load every installed plugin and every further instance that has a table.

        Nothing that a plugin does while it is loaded is raised here; it shows in the instance's status.

        Args:
            tables: ``Settings.plugins``.
            make_context: returns the context for an instance, by name; called before it is constructed.
            entry_points: instead of those installed.
            builtin: the hub's own plugins by name; they may have reserved names and give way to nobody.
            scope: see ``Guard``.
        """
        guard = Guard(clock, {name: table.budgets for name, table in tables.items()}, scope=scope)
        loader = Loader(guard, make_context, secret_key_present=secret_key_present)
        own = [BuiltIn(name, plugin) for name, plugin in (builtin or {}).items()]
        others = installed() if entry_points is None else entry_points
        plans = wanted([*own, *others], tables)
        # side by side, so that plugins that hang at import cost one budget together and not one each
        with ThreadPoolExecutor(max_workers=_LOADED_TOGETHER, thread_name_prefix="load") as pool:
            loaded = list(pool.map(loader.load, plans))
        return cls(without_scheme_conflicts(loaded), guard)

    # What there is

    def instances(self) -> tuple[Instance, ...]:
        """Return all instances by name, whatever their status; a disputed name comes more than once."""
        return tuple(self._now(each) for each in self._instances)

    def instance(self, name: str) -> Instance:
        """Return one instance.

        Raises:
            UnknownInstance: there is none.
        """
        if name not in self._by_name:
            raise UnknownInstance(f"there is no plugin {name!r}; 'hub plugins list' shows all")
        return self._now(self._by_name[name])

    def may_try(self, name: str) -> bool:
        """Say whether to give the instance work now; ask only with work at hand.

        Always for an active one, for one caller every 30 seconds while it is failing, else never.
        """
        known = self._by_name.get(name)
        return known is not None and known.status.serves and self.guard.breaker.may_try(name)

    def rests(self, name: str) -> bool:
        """Say whether a failing instance gets no work now, whoever asks; needs no work at hand."""
        return self.guard.breaker.rests(name)

    def status_changes(self) -> list[StatusChange]:
        """Return what became failing or active again since this was last asked."""
        return self.guard.breaker.changes()

    # Look-ups

    def match_source(self, name: str, path: str, method: str) -> SourceMatch:
        """Return the source for a request to ``/in/<name>/<path>``; a trailing slash makes no difference.

        Raises:
            UnknownInstance: no instance of that name.
            Unavailable: the instance cannot take requests now.
            UnknownPath: it has no source at *path*.
            MethodNotAllowed: it has, for other methods.
        """
        if name not in self._endpoints:
            self._serving(name)  # raises
        below = f"/{path.removeprefix('/').removesuffix('/')}"
        allowed: set[str] = set()
        for pattern, source in self._endpoints[name]:
            found = pattern.fullmatch(below)
            if found is None:
                continue
            if method in source.methods:
                return SourceMatch(source=source, path_params=found.groupdict())
            allowed.update(source.methods)
        if allowed:
            raise MethodNotAllowed(
                f"{method} is not allowed here; use {', '.join(sorted(allowed))}",
                allowed=tuple(sorted(allowed)),
            )
        known = sorted({f"/in/{name}/{source.path}".rstrip("/") for _, source in self._endpoints[name]})
        raise UnknownPath(f"plugin {name!r} has no source at this path, only {', '.join(known) or 'none'}")

    def portal_sources(self, event: str | None = None) -> tuple[Declared[PortalSource], ...]:
        """Return who wants to know of *event* of the portal, or all portal sources."""
        found = self._all(lambda declared: declared.portal_sources)
        return tuple(each for each in found if event is None or event in each.item.events)

    def resolver(self, scheme: str) -> Declared[Resolver] | None:
        """Return who resolves addresses of *scheme*."""
        found = self._all(lambda declared: declared.resolvers)
        return next((each for each in found if each.item.scheme == scheme), None)

    def command(self, name: str, command: str) -> Declared[Command] | None:
        """Return a command of an instance."""
        found = (each for each in self.commands() if each.instance.name == name)
        return next((each for each in found if each.item.name == command), None)

    def commands(self) -> tuple[Declared[Command], ...]:
        """Return the commands of all instances."""
        return self._all(lambda declared: declared.commands)

    def jobs(self) -> tuple[Declared[Job], ...]:
        """Return the jobs of all instances."""
        return self._all(lambda declared: declared.jobs)

    def job(self, name: str, job: str) -> Declared[Job] | None:
        """Return a job of an instance."""
        found = (each for each in self.jobs() if each.instance.name == name)
        return next((each for each in found if each.item.name == job), None)

    def timer(self, name: str, timer: str) -> Declared[Timer] | None:
        """Return a timer of an instance."""
        found = (each for each in self._all(lambda declared: declared.timers) if each.instance.name == name)
        return next((each for each in found if each.item.name == timer), None)

    # Hooks

    def edit(self, notification: Notification) -> Edited:
        """Let every editor see the notification before it is routed."""
        return edit(self._editors, notification, self.guard)

    def delivery_finished(self, name: str, delivery: Delivery) -> None:
        """Tell an instance what became of its delivery; a failure is counted and logged, nothing else."""
        instance = self._by_name.get(name)
        if instance is None or calls.DELIVERY_FINISHED.name not in instance.hooks:
            return
        hook = instance.hooks[calls.DELIVERY_FINISHED.name]
        with suppress(CallFailed, PluginError):
            self.guard.call(name, calls.DELIVERY_FINISHED, hook.function, delivery, object_id=delivery.id)

    def subscribe(self, name: str) -> bool:
        """Let an instance set things up on the other side; say whether it has anything to set up.

        Raises:
            UnknownInstance: there is none.
            Unavailable: it is neither active nor failing.
            PluginError, CallFailed: it could not.
        """
        instance = self._serving(name)
        hook = instance.hooks.get(calls.SUBSCRIBE.name)
        if hook is not None:
            self.guard.call(name, calls.SUBSCRIBE, hook.function)
        return hook is not None

    def startup(self) -> None:
        """Start all instances; one that cannot start is failing until :meth:`retry_startups` can start it."""
        start(self._live, self.guard)

    def retry_startups(self) -> None:
        """Start again what could not start, each at most every 30 seconds."""
        start([each for each in self._live if self.guard.breaker.may_start(each.name)], self.guard)

    def shutdown(self, within: timedelta = timedelta(seconds=5)) -> None:
        """Let all instances let go of what they took, in *within* altogether; nothing is raised."""
        stop(self._live, self.guard, within)

    def _serving(self, name: str) -> Instance:
        instance = self.instance(name)
        if not instance.status.serves:
            hint = f"'hub plugins show {name}' says why"
            raise Unavailable(f"plugin {name!r} is {instance.status}; {hint}", status=instance.status)
        return instance

    def _all(self, what: Callable[[Declarations], Iterable[D]]) -> tuple[Declared[D], ...]:
        return tuple(
            Declared(instance=instance, item=item)
            for instance in map(self._now, self._live)
            for item in what(instance.declared)
        )

    def _now(self, instance: Instance) -> Instance:
        reason = self.guard.breaker.reason(instance.name) if instance.status is Status.ACTIVE else None
        return replace(instance, status=Status.FAILING, reason=reason) if reason else instance


def _by_name(instances: Iterable[Instance]) -> dict[str, Instance]:
    """Return one instance for each name: of several claimants the one that works, if any."""
    found: dict[str, Instance] = {}
    for each in instances:
        if each.name not in found or each.status.serves:
            found[each.name] = each
    return found
