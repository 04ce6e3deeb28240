"""The execution time that the portal grants to each method."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from hub.bitrix24.calls import Timing
from hub.bitrix24.classify import OPERATING_PAUSE
from hub.bitrix24.errors import OperatingLimit

#: The portal sums a method's execution time over ten buckets of a minute.
_WINDOW = 600.0
#: From this part of the limit on, calls are spread; from the second on, they are held.
_SPREAD_FROM = 0.8
_HOLD_FROM = 0.98
#: A longer pause is not slept through but reported, so that the caller can do something else.
_LONGEST_PAUSE = 5.0


class OperatingBudget:
    """The execution time each method has left.

    Up to 80 % of the limit calls pass freely; then they are spread so that the window's average
    is kept; near the limit, or when the portal has refused one, they are held until the reset.

    Processes need not tell each other: the portal's answers carry what all of them have used.

    Args:
        limit: seconds per method in ten minutes; 480 in the cloud, 420 is usual on-premise.
        clock: Unix seconds, comparable to the portal's ``operating_reset_at``.
    """

    def __init__(self, limit: float = 480.0, *, clock: Callable[[], float] = time.time) -> None:
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._methods: dict[str, _Use] = {}

    def pause(self, method: str) -> float:
        """Return the seconds to wait before calling *method*, at most 5.

        Raises:
            OperatingLimit: the method has to rest longer than that.
        """
        now = self._clock()
        with self._lock:
            use = self._methods.get(method.lower())
            wait = use.not_before - now if use else 0.0
        if wait > _LONGEST_PAUSE:
            raise OperatingLimit(method, datetime.fromtimestamp(now + wait, UTC))
        return max(0.0, wait)

    def used(self) -> Mapping[str, float]:
        """Return the part of the limit that each method has used, as far as it still counts."""
        now = self._clock()
        with self._lock:
            return {
                method: use.used if now < max(use.reset, use.not_before) else 0.0
                for method, use in self._methods.items()
            }

    def observe(self, method: str, timing: Timing) -> None:
        """Learn from an answer how much of the limit *method* has used."""
        if timing.operating is None:
            return
        now = self._clock()
        reset = timing.reset_at.timestamp() if timing.reset_at else now + OPERATING_PAUSE.total_seconds()
        reset = min(reset, now + _WINDOW)  # a wrong clock on either side must not stop us for longer
        used = timing.operating / self._limit
        with self._lock:
            before = self._methods.get(method.lower(), _Use(0.0, 0.0))
            not_before = before.not_before
            if used >= _HOLD_FROM:
                not_before = max(not_before, reset)
            elif used >= _SPREAD_FROM:
                not_before = max(not_before, now) + (timing.processing or 0.0) * _WINDOW / self._limit
            self._methods[method.lower()] = _Use(not_before, reset, used)

    def block(self, method: str) -> OperatingLimit:
        """Hold *method* after the portal has refused it; return the error that says until when."""
        now = self._clock()
        with self._lock:
            before = self._methods.get(method.lower(), _Use(0.0, 0.0))
            until = max(before.reset, now + OPERATING_PAUSE.total_seconds())
            self._methods[method.lower()] = _Use(until, before.reset, 1.0)
        return OperatingLimit(method, datetime.fromtimestamp(until, UTC))


@dataclass(frozen=True)
class _Use:
    not_before: float
    reset: float
    used: float = 0.0
