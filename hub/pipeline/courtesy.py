"""Courtesy: senders are answered first, so whoever works in the same process steps back while many of them wait."""

from __future__ import annotations

import threading

#: Requests under way from which on senders go first.
_MANY = 8
#: How long to rest for each second of work, and at most.
_REST = 20.0
_LONGEST = 0.04


class Courtesy:
    """Counts the requests under way in one event loop, each a ``with`` block; threads ask between pieces of work."""

    def __init__(self) -> None:
        self._under_way = 0
        self._few = threading.Event()
        self._few.set()

    def __enter__(self) -> None:
        """Count one request until the block ends; only in the event loop."""
        self._under_way += 1
        if self._under_way == _MANY:
            self._few.clear()

    def __exit__(self, *_: object) -> None:
        self._under_way -= 1
        if self._under_way == _MANY - 1:
            self._few.set()

    def rest(self, worked: float) -> None:
        """Step back after so many seconds of work, as long as many wait and not for ever."""
        if not self._few.is_set():
            self._few.wait(min(_LONGEST, _REST * worked))
