"""A desk: the threads of this process that work for one instance, and whether it takes another."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

#: Seconds without progress after which another thread may join: the one at work waits for something.
_SLOW = 0.05
#: Rows that one thread takes at a time, and the seconds they should take together.
_MOST_ROWS = 20
_LONG_TURN = 0.1


class Desk:
    """Who is told of more work is told at once; who is slow gets company.

    One thread that takes many rows at a time does more than several that take few, unless the plugin waits for
    something outside.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rung = threading.Event()
        self._progress: dict[int, float] = {}
        self._per_row = _LONG_TURN

    @property
    def rows(self) -> int:
        """How many rows a thread should take: of a slow plugin few, so that other threads find some."""
        return max(1, min(_MOST_ROWS, int(_LONG_TURN / self._per_row)))

    def took(self, seconds: float) -> None:
        """Learn how long a row took; slowness counts at once, speed little by little."""
        self._per_row = max(seconds, 0.5 * self._per_row + 0.5 * seconds, 1e-6)

    def ring(self) -> bool:
        """Tell of more; False when nobody will look at it soon, so that another thread is needed."""
        with self._lock:
            self._rung.set()
            return any(time.monotonic() - seen < _SLOW for seen in self._progress.values())

    @contextmanager
    def shift(self) -> Iterator[None]:
        """Work here for the length of the block, which ends when :meth:`leave` says so or with an error."""
        self.progress()
        try:
            yield
        finally:
            with self._lock:
                self._progress.pop(threading.get_ident(), None)

    def progress(self) -> None:
        """Take note that the calling thread gets on; what was rung until now it will see."""
        with self._lock:
            self._progress[threading.get_ident()] = time.monotonic()

    def look(self) -> None:
        """Begin to look for work: only what is rung from now on is news."""
        self._rung.clear()
        self.progress()

    def leave(self, linger: float) -> bool:
        """Wait a while for news; True when there was none and the calling thread no longer counts as present."""
        with self._lock:
            self._progress[threading.get_ident()] = math.inf  # who only waits is never slow
        if self._rung.wait(linger):
            return False
        with self._lock:
            if self._rung.is_set():
                return False
            self._progress.pop(threading.get_ident(), None)
            return True

    @property
    def is_rung(self) -> bool:
        """Whether there is news that nobody has looked at."""
        return self._rung.is_set()
