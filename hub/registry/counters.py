"""How often each hook of each instance was called and how often it failed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime

from hub.plugin import Clock


@dataclass(frozen=True, kw_only=True)
class HookCount:
    """What happened to one hook of one instance since the last time counts were taken.

    Attributes:
        failures: calls that raised or returned the wrong thing, ran out of time or found no thread.
        over_budget: those of them that ran out of time.
        seconds: time spent in calls that ended.
        last_error: one line; empty when nothing failed.
    """

    instance: str
    hook: str
    calls: int
    failures: int
    over_budget: int
    seconds: float
    last_error: str
    last_error_at: datetime | None


@dataclass
class _Count:
    calls: int = 0
    failures: int = 0
    over_budget: int = 0
    seconds: float = field(default=0.0)
    last_error: str = ""
    last_error_at: datetime | None = None


class Counters:
    """Counts in memory; somebody else takes them with :meth:`drain` and keeps them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, str], _Count] = {}

    def success(self, instance: str, hook: str, seconds: float) -> None:
        """Count a call that worked, or that said with a ``PluginError`` what should happen."""
        with self._lock:
            count = self._counts.setdefault((instance, hook), _Count())
            count.calls += 1
            count.seconds += seconds

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
            )
            for (instance, hook), count in counts.items()
        ]
