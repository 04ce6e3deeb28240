"""The portal's leaky bucket, counted by one process for itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from hub.bitrix24.limits import Level


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

    def take(self, *, priority: bool = False) -> float:
        with self._lock:
            self._refill()
            missing = (0.0 if priority else self._reserve) + 1 - self._free
            if missing > 1e-9:
                return missing / self._rate
            self._free -= 1
            return 0.0

    def acquire(self, *, priority: bool = False) -> None:
        while (wait := self.take(priority=priority)) > 0:
            self._sleep(wait)

    def give_back(self) -> None:
        with self._lock:
            self._refill()
            self._free = min(self._capacity, self._free + 1)

    def refused(self, retry_after: timedelta | None = None) -> None:
        # somebody else on this address fills the same bucket: it is full now, whatever we counted
        debt = retry_after.total_seconds() * self._rate if retry_after else 0.0
        with self._lock:
            self._refill()
            self._free = min(self._free, -debt)

    def level(self) -> Level:
        with self._lock:
            self._refill()
            return Level(used=self._capacity - self._free, capacity=self._capacity)

    def _refill(self) -> None:
        now = self._clock()
        # a clock that went backwards forgets nothing
        self._free = min(self._capacity, self._free + max(0.0, now - self._seen) * self._rate)
        self._seen = now
