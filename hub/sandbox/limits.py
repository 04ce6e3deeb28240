"""The portal's two limits: requests per second, and execution time per method."""

import threading
from collections import defaultdict

from hub.sandbox.clock import Clock
from hub.sandbox.errors import RestError

#: The window of the execution-time budget: ten buckets of one minute.
_BUCKETS = 10
_BUCKET_SECONDS = 60


class Limits:
    """Both limits and what each method costs. Safe to use from several threads."""

    def __init__(self, clock: Clock, *, rate: float | None, burst: int, operating: float | None) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._rate = rate
        self._burst = burst
        self._operating = operating
        self._durations: dict[str, float] = {}
        self._costs: dict[str, float] = {}
        self._levels: dict[str, tuple[float, float]] = {}  # source -> level, at
        self._spent: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)

    def rate(self, per_second: float | None, burst: int = 50) -> None:
        """Drain *per_second* requests from a bucket that holds *burst*; None: no limit."""
        with self._lock:
            self._rate, self._burst = per_second, burst
            self._levels.clear()

    def operating(self, seconds: float | None) -> None:
        """Allow each method *seconds* of execution in any 10 minutes; None: no limit."""
        with self._lock:
            self._operating = seconds

    def duration(self, method: str, seconds: float) -> None:
        """Let each command of *method* (`"*"`: every one) really take *seconds*."""
        with self._lock:
            self._durations[method.lower()] = seconds

    def cost(self, method: str, seconds: float) -> None:
        """Count *seconds* per command of *method* against its budget, without waiting."""
        with self._lock:
            self._costs[method.lower()] = seconds

    def off(self) -> None:
        """Switch both limits off and forget durations, costs and what was spent."""
        with self._lock:
            self._rate = self._operating = None
            self._levels.clear()
            self._spent.clear()
            self._durations.clear()
            self._costs.clear()

    def admit(self, source: str) -> None:
        """Count one request of *source*, an IP address.

        Raises:
            RestError: `QUERY_LIMIT_EXCEEDED`; a refused request does not fill the bucket further.
        """
        with self._lock:
            if self._rate is None:
                return
            now = self._clock.timestamp()
            level, at = self._levels.get(source, (0.0, now))
            level = max(0.0, level - (now - at) * self._rate)
            refused = level + 1 > self._burst
            self._levels[source] = (level if refused else level + 1, now)
        if refused:
            raise RestError("QUERY_LIMIT_EXCEEDED", "Too many requests", status=503)

    def duration_of(self, method: str) -> float:
        """Return the seconds one command of *method* takes."""
        with self._lock:
            return self._durations.get(method.lower(), self._durations.get("*", 0.0))

    def check_budget(self, owner: str, method: str) -> None:
        """Refuse the call when *owner*, a webhook or application, has used up the method's budget.

        Raises:
            RestError: `OPERATION_TIME_LIMIT`
        """
        with self._lock:
            limit = self._operating
            used = sum(self._window(owner, method).values())
        if limit is not None and used >= limit:
            raise RestError(
                "OPERATION_TIME_LIMIT", "Method is blocked due to operation time limit.", status=429
            )

    def spend(self, owner: str, method: str, seconds: float) -> tuple[float, int]:
        """Count *seconds*, or the method's set cost; return seconds used and when the oldest minute drops out."""
        with self._lock:
            window = self._window(owner, method)
            minute = int(self._clock.timestamp()) // _BUCKET_SECONDS
            window[minute] = window.get(minute, 0.0) + self._costs.get(method.lower(), seconds)
            return sum(window.values()), (min(window) + _BUCKETS) * _BUCKET_SECONDS

    def _window(self, owner: str, method: str) -> dict[int, float]:
        window = self._spent[owner, method.lower()]
        oldest = int(self._clock.timestamp()) // _BUCKET_SECONDS - _BUCKETS + 1
        for minute in [minute for minute in window if minute < oldest]:
            del window[minute]
        return window
