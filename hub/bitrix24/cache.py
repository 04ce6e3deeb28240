"""Remembering what rarely changes at the portal."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol


@dataclass(frozen=True)
class Cached:
    """A remembered value, storable as JSON, and how old it is."""

    value: Any
    age: timedelta


class Cache(Protocol):
    """Where values are kept; it may forget any of them at any time."""

    def get(self, key: str) -> Cached | None:
        """Return what was put under *key*, however old."""

    def put(self, key: str, value: Any) -> None:
        """Keep *value*, which is storable as JSON."""


class MemoryCache:
    """Keeps values in this process; the least recently used go first.

    Args:
        size: number of values.
        clock: monotonic seconds.
    """

    def __init__(self, size: int = 10_000, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = size
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, tuple[float, Any]] = OrderedDict()

    def get(self, key: str) -> Cached | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
        return Cached(entry[1], timedelta(seconds=self._clock() - entry[0]))

    def put(self, key: str, value: Any) -> None:
        with self._lock:
            self._entries[key] = (self._clock(), value)
            self._entries.move_to_end(key)
            if len(self._entries) > self._size:
                self._entries.popitem(last=False)
