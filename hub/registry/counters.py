"""How often each hook of each instance was called and how often it failed, since the start and since last asked."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from hub.plugin import Clock


@dataclass(frozen=True, kw_only=True)
class HookCount:
    """What happened to one hook of one instance.

    Attributes:
        failures: calls that raised or returned the wrong thing, ran out of time or found no thread.
        over_budget: those of them that ran out of time.
        seconds: time spent in calls that ended.
        last_error: one line; empty when nothing failed.
        refusals: calls in which the plugin said on purpose that something cannot be done, as with a wrong
            signature; they are no failures.
        last_refusal: what it said.
    """

    instance: str
    hook: str
    calls: int
    failures: int
    over_budget: int
    seconds: float
    last_error: str
    last_error_at: datetime | None
    refusals: int = 0
    last_refusal: str = ""
    last_refusal_at: datetime | None = None


@dataclass
class _Count:
    calls: int = 0
    failures: int = 0
    over_budget: int = 0
    seconds: float = field(default=0.0)
    last_error: str = ""
    last_error_at: datetime | None = None
    refusals: int = 0
    last_refusal: str = ""
    last_refusal_at: datetime | None = None

    def add(self, later: _Count) -> None:
        self.calls += later.calls
        self.failures += later.failures
        self.over_budget += later.over_budget
        self.seconds += later.seconds
        if later.last_error_at is not None:
            self.last_error, self.last_error_at = later.last_error, later.last_error_at
        self.refusals += later.refusals
        if later.last_refusal_at is not None:
            self.last_refusal, self.last_refusal_at = later.last_refusal, later.last_refusal_at


class Counters:
    """Counts in memory; somebody else takes them with :meth:`drain` and keeps them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str], _Count] = {}
        self._drained: dict[tuple[str, str], _Count] = {}

    def success(self, instance: str, hook: str, seconds: float) -> None:
        """Count a call that worked."""
        with self._lock:
            count = self._counts.setdefault((instance, hook), _Count())
            count.calls += 1
            count.seconds += seconds

    def refusal(self, instance: str, hook: str, seconds: float, said: str) -> None:
        """Count a call that said with a ``PluginError`` what should happen."""
        now = self._clock.now()
        with self._lock:
            count = self._counts.setdefault((instance, hook), _Count())
            count.calls += 1
            count.refusals += 1
            count.seconds += seconds
            count.last_refusal, count.last_refusal_at = said, now

    def failure(
        self, instance: str, hook: str, seconds: float, error: str, *, over_budget: bool = False
    ) -> None:
        """Count a call that failed."""
        now = self._clock.now()
        with self._lock:
            count = self._counts.setdefault((instance, hook), _Count())
            count.calls += 1
            count.failures += 1
            count.over_budget += over_budget
            count.seconds += seconds
            count.last_error, count.last_error_at = error, now

    def drain(self) -> list[HookCount]:
        """Return the counts since the last drain and begin anew."""
        with self._lock:
            counts, self._counts = self._counts, {}
            for name, count in counts.items():
                self._drained.setdefault(name, _Count()).add(count)
            return _told(counts)

    def totals(self) -> list[HookCount]:
        """Return the counts since this process started."""
        with self._lock:
            totals = {name: replace(count) for name, count in self._drained.items()}
            for name, count in self._counts.items():
                totals.setdefault(name, _Count()).add(count)
        return _told(totals)


def _told(counts: Mapping[tuple[str, str], _Count]) -> list[HookCount]:
    return [
        HookCount(
            instance=instance,
            hook=hook,
            calls=count.calls,
            failures=count.failures,
            over_budget=count.over_budget,
            seconds=count.seconds,
            last_error=count.last_error,
            last_error_at=count.last_error_at,
            refusals=count.refusals,
            last_refusal=count.last_refusal,
            last_refusal_at=count.last_refusal_at,
        )
        for (instance, hook), count in counts.items()
    ]
