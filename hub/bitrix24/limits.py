"""Staying inside the portal's limits: requests per second, and execution time per method."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

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


class Limiter(Protocol):
    """Permission to send one request; one limiter serves every caller of a portal."""

    def acquire(self, *, priority: bool = False) -> None:
        """Wait until a request may be sent; priority is for people who wait for an answer."""

    def refused(self, retry_after: timedelta | None = None) -> None:
        """Take note that the portal refused a request for its rate."""


class LeakyBucket:
    """The portal's own leaky bucket, kept for one process.

    The portal counts requests per address, forgets *rate* of them per second and refuses above
    *burst*. This bucket stays one below, because two clocks never agree, and keeps *reserve*
    requests for callers with priority.

    Args:
        rate: requests per second; 2 on most plans, 5 on Enterprise.
        burst: requests at once; 50 on most plans, 250 on Enterprise.
        reserve: requests only priority callers may use; at most half of the burst.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        rate: float = 2.0,
        burst: int = 50,
        *,
        reserve: int = 10,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if rate <= 0 or burst < 1:
            raise ValueError("rate and burst must be positive")
        self._rate = rate
        self._capacity = max(1.0, burst - 1.0)
        self._reserve = min(float(reserve), self._capacity // 2)
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free = self._capacity
        self._seen = clock()

    def acquire(self, *, priority: bool = False) -> None:
        kept = 0.0 if priority else self._reserve
        while (wait := self._take(kept)) > 0:
            self._sleep(wait)

    def refused(self, retry_after: timedelta | None = None) -> None:
        # somebody else on this address fills the same bucket: it is full now, whatever we counted
        debt = retry_after.total_seconds() * self._rate if retry_after else 0.0
        with self._lock:
            self._refill()
            self._free = min(self._free, -debt)

    def _take(self, kept: float) -> float:
        with self._lock:
            self._refill()
            missing = kept + 1 - self._free
            if missing > 1e-9:
                return missing / self._rate
            self._free -= 1
            return 0.0

    def _refill(self) -> None:
        now = self._clock()
        # a clock that went backwards forgets nothing
        self._free = min(self._capacity, self._free + max(0.0, now - self._seen) * self._rate)
        self._seen = now


class OperatingBudget:
    """The execution time each method has left.

    Up to 80 % of the limit calls pass freely; then they are spread so that the window's average
    is kept; near the limit, or when the portal has refused one, they are held until the reset.

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
            self._methods[method.lower()] = _Use(not_before, reset)

    def block(self, method: str) -> OperatingLimit:
        """Hold *method* after the portal has refused it; return the error that says until when."""
        now = self._clock()
        with self._lock:
            before = self._methods.get(method.lower(), _Use(0.0, 0.0))
            until = max(before.reset, now + OPERATING_PAUSE.total_seconds())
            self._methods[method.lower()] = _Use(until, before.reset)
        return OperatingLimit(method, datetime.fromtimestamp(until, UTC))


@dataclass(frozen=True)
class _Use:
    not_before: float
    reset: float
