"""``startup``, ``subscribe``, ``shutdown``: all instances at the same time, none in another's way."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta

import structlog

from hub.plugin import PluginError
from hub.registry.calls import SHUTDOWN, STARTUP, Call
from hub.registry.errors import CallFailed
from hub.registry.guard import Guard, Pending
from hub.registry.instances import Instance


def start(instances: Iterable[Instance], guard: Guard) -> None:
    """Run ``startup``; an instance that cannot start is failing from then on."""
    log = structlog.get_logger("hub.registry")
    for name, begun in _begin(instances, STARTUP, guard):
        try:
            begun.result()
        except CallFailed as exc:
            guard.breaker.trip(name, STARTUP.name, f"startup {exc.message}; it is tried again")
        except PluginError as exc:
            log.warning("plugin not started", plugin=name, error=str(exc))
            guard.breaker.trip(name, STARTUP.name, f"startup: {exc}; it is tried again")


def stop(instances: Iterable[Instance], guard: Guard, within: timedelta) -> None:
    """Run ``shutdown`` and wait at most *within* for all of them together; raises nothing."""
    log = structlog.get_logger("hub.registry")
    end = time.monotonic() + within.total_seconds()
    for name, begun in _begin(instances, SHUTDOWN, guard):
        if not begun.ended(timedelta(seconds=end - time.monotonic())):
            log.warning("plugin not shut down in time", plugin=name)
            continue
        try:
            begun.result()
        except (CallFailed, PluginError) as exc:
            log.warning("plugin not shut down", plugin=name, error=str(exc))


def _begin(instances: Iterable[Instance], kind: Call[None], guard: Guard) -> list[tuple[str, Pending[None]]]:
    return [
        (each.name, guard.submit(each.name, kind, each.hooks[kind.name].function))
        for each in instances
        if kind.name in each.hooks
    ]
