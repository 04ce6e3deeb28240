"""Homing: bring results from the writer's thread to the event loops that wait for them, many with one call."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextlib import suppress
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


class Homing(Generic[T]):
    """Futures of any event loop, settled from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _Loop[T]] = WeakKeyDictionary()

    def future(self) -> asyncio.Future[T]:
        """Return a new future of the running loop."""
        return asyncio.get_running_loop().create_future()

    def settle(self, future: asyncio.Future[T], result: T | Exception) -> None:
        """Give *future* its result, unless its loop is closed."""
        loop = future.get_loop()
        with self._lock:
            home = self._loops.setdefault(loop, _Loop())
        with suppress(RuntimeError):  # the loop is closed
            home.bring(loop, future, result)


class _Loop(Generic[T]):
    """What is on its way to one loop: waking it costs more than all the rest, so it is woken once for many."""

    def __init__(self) -> None:
        self._arrived: deque[tuple[asyncio.Future[T], T | Exception]] = deque()
        self._woken = False

    def bring(
        self, loop: asyncio.AbstractEventLoop, future: asyncio.Future[T], result: T | Exception
    ) -> None:
        self._arrived.append((future, result))
        if not self._woken:
            self._woken = True
            loop.call_soon_threadsafe(self._settle)

    def _settle(self) -> None:
        self._woken = False  # before looking, so that what arrives from now on wakes the loop again
        while self._arrived:
            future, result = self._arrived.popleft()
            if future.cancelled():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
