"""Refusals: what strangers send is told to the log, but they must not be able to fill it."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from structlog.typing import FilteringBoundLogger

from hub.plugin import Clock

_TOLD_EVERY = timedelta(minutes=1)


class Refusals:
    """Tells the log of what was not taken, at most once a minute, and then how many there were."""

    def __init__(self, log: FilteringBoundLogger, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._lock = threading.Lock()
        self._told_at: datetime | None = None
        self._untold = 0

    def tell(self, what: str, **about: str) -> None:
        """Log *what*, or count it for the next time."""
        now = self._clock.now()
        with self._lock:
            if self._told_at is not None and self._told_at <= now < self._told_at + _TOLD_EVERY:
                self._untold += 1
                return
            self._told_at, untold, self._untold = now, self._untold, 0
        self._log.warning(what, **about, others_since_last=untold)
