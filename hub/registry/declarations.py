"""What is wrong with the things a plugin declares: malformed, asynchronous, or declared twice."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from re import Pattern
from typing import Any

from cronsim import CronSim, CronSimError
from starlette.routing import compile_path

from hub.plugin import Command, HealthCheck, Job, PortalSource, Source, Who
from hub.registry.instances import Declarations, inbound_path

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_SCHEME = re.compile(r"[a-z][a-z0-9-]*")
_METHOD = re.compile(r"[A-Z]+")
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_PORTAL_EVENT = re.compile(r"[A-Z][A-Z0-9_]*")


def path_pattern(path: str) -> Pattern[str]:
    """Compile a source's path below its instance, with a slash in front and none behind.

    Raises:
        ValueError: a parameter comes twice.
        AssertionError: a parameter has a type that Starlette does not know.
    """
    pattern, _, _ = compile_path(f"/{path.strip('/')}")
    return pattern


def problems(declared: Declarations, instance: str) -> list[str]:
    """Return what is wrong, one sentence for each thing; empty when all is well."""
    return [*_malformed(declared), *_doubled(declared, instance)]


def _malformed(declared: Declarations) -> Iterator[str]:
    for source in declared.sources:
        yield from _source(source)
    for portal_source in declared.portal_sources:
        yield from _portal_source(portal_source)
    for resolver in declared.resolvers:
        if not _matches(_SCHEME, resolver.scheme):
            yield f"resolver scheme {resolver.scheme!r} is malformed; use small letters, digits and hyphens"
        yield from _callables("resolver", resolver, "resolve")
    for command in declared.commands:
        yield from _command(command)
    for job in declared.jobs:
        yield from _job(job)
    for timer in declared.timers:
        yield from _named("timer", timer, "handler")
    for check in declared.health_checks:
        yield from _health_check(check)
    for cli in declared.cli_commands:
        if not cli.name:
            yield "a CLI command has no name; give it one"


def _source(source: Source) -> Iterator[str]:
    yield from _callables(f"source {source.path!r}", source, "verify", "accept", "parse", "notify")
    try:
        path_pattern(source.path)
    except (ValueError, AssertionError, AttributeError, re.error) as exc:
        yield f"source path {source.path!r} is malformed: {exc}"
    if (
        not source.methods
        or isinstance(source.methods, str)
        or not all(_matches(_METHOD, method) for method in source.methods)
    ):
        yield f"source {source.path!r}: methods must be a tuple of words in capitals, like ('POST',)"
    if isinstance(source.keep_headers, str) or not all(isinstance(name, str) for name in source.keep_headers):
        yield f"source {source.path!r}: keep_headers must be a tuple of names"
    if source.max_body is not None and not (isinstance(source.max_body, int) and source.max_body > 0):
        yield f"source {source.path!r}: max_body must be a number of bytes"


def _portal_source(source: PortalSource) -> Iterator[str]:
    if (
        not source.events
        or isinstance(source.events, str)
        or not all(_matches(_PORTAL_EVENT, event) for event in source.events)
    ):
        yield "portal source: events must be a tuple of names in capitals, like ('ONCRMLEADADD',)"
        return
    label = f"portal source {source.events[0]}"
    yield from _callables(label, source, "coalesce", "notify", "catch_up")
    if not isinstance(source.settle, timedelta) or source.settle < timedelta():
        yield f"{label}: settle must be a timedelta that is not negative"
    every = source.catch_up_every
    if every is not None and not (isinstance(every, timedelta) and every > timedelta()):
        yield f"{label}: catch_up_every must be a timedelta longer than nothing"


def _command(command: Command) -> Iterator[str]:
    yield from _named("command", command, "handler")
    if not isinstance(command.summary, str) or not command.summary:
        yield f"command {command.name!r} has no summary; people see it in the list of commands"
    if not isinstance(command.usage, str):
        yield f"command {command.name!r}: usage must be a string, like 'number (comment)'"
    if not isinstance(command.who, Who):
        yield f"command {command.name!r}: who must be one of Who"


def _job(job: Job) -> Iterator[str]:
    yield from _named("job", job, "run")
    try:
        well_formed = len(job.cron.split()) == 5 and CronSim(job.cron, _SOME_DAY) is not None
    except (CronSimError, AttributeError):
        well_formed = False
    if not well_formed:
        yield f"job {job.name!r}: cron {job.cron!r} is malformed; write five fields, like '0 9 * * 1-5'"
    if job.missed not in {"once", "skip"}:
        yield f"job {job.name!r}: missed must be 'once' or 'skip'"


def _health_check(check: HealthCheck) -> Iterator[str]:
    yield from _named("health check", check, "check")
    if not isinstance(check.timeout, timedelta) or check.timeout <= timedelta():
        yield f"health check {check.name!r}: timeout must be a timedelta longer than nothing"


def _named(label: str, thing: Any, callable_: str) -> Iterator[str]:
    if not _matches(_NAME, thing.name):
        yield f"{label} name {thing.name!r} is malformed; use small letters, digits, '-' and '_'"
    yield from _callables(f"{label} {thing.name!r}", thing, callable_)


def _callables(label: str, thing: object, *names: str) -> Iterator[str]:
    for name in names:
        function = getattr(thing, name)
        if not callable(function):
            yield f"{label}: {name} must be a function"
        elif inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            yield f"{label}: {name} is asynchronous; write 'def' and not 'async def', it runs in a thread"


def _doubled(declared: Declarations, instance: str) -> Iterator[str]:
    endpoints = (
        (f"{method} {inbound_path(instance, _nameless(source.path))}")
        for source in declared.sources
        for method in set(source.methods)
    )
    yield from _twice("source", endpoints)
    first_events = (each.events[0] for each in declared.portal_sources if each.events)
    yield from _twice("portal source that begins with", first_events)
    yield from _twice("resolver", (each.scheme for each in declared.resolvers))
    yield from _twice("command", (each.name for each in declared.commands))
    yield from _twice("job", (each.name for each in declared.jobs))
    yield from _twice("timer", (each.name for each in declared.timers))
    yield from _twice("health check", (each.name for each in declared.health_checks))
    yield from _twice("CLI command", (each.name for each in declared.cli_commands))


def _nameless(path: str) -> str:
    """Return the path without the names of its parameters: they tell no two paths apart."""
    return re.sub(r"\{\w+(:\w+)?\}", r"{\1}", path) if isinstance(path, str) else repr(path)


def _twice(label: str, keys: Iterable[Hashable]) -> Iterator[str]:
    for key, times in Counter(keys).items():
        if times > 1:
            yield f"{label} {key} is declared {times} times; keep one"


def _matches(pattern: Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
