"""Crossing: rows go to the writer's thread and their results come back, those of many requests with one call."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from weakref import WeakKeyDictionary

from hub.storage.insert import WriteFailed
from hub.storage.writer import Done, NewRow, WriterFull, Written

Submit = Callable[[Sequence[NewRow], Done], None]


class Crossing:
    """Between any event loops and whoever *submit* tells."""

    def __init__(self, submit: Submit) -> None:
        self._submit = submit
        self._lock = threading.Lock()
        self._shores: WeakKeyDictionary[asyncio.AbstractEventLoop, _Shore] = WeakKeyDictionary()

    async def commit(self, rows: Sequence[NewRow]) -> list[Written]:
        """Return what became of *rows*; they are committed also when the caller has gone meanwhile.

        Raises:
            WriterFull, WriteFailed: they are not.
        """
        loop = asyncio.get_running_loop()
        with self._lock:
            shore = self._shores.get(loop)
            if shore is None:
                shore = self._shores[loop] = _Shore(self._submit)
        return await shore.send(loop, rows)


class _Shore:
    """One event loop's side.

    What comes in one turn of the loop goes together, or the writer would wake for the first and contend for the
    interpreter with the others; and waking the loop costs more than all the rest, so it is woken once for many.
    """

    def __init__(self, submit: Submit) -> None:
        self._submit = submit
        self._leaving: list[tuple[Sequence[NewRow], asyncio.Future[list[Written]]]] = []
        self._arrived: deque[tuple[asyncio.Future[list[Written]], list[Written] | WriteFailed]] = deque()
        self._woken = False

    def send(self, loop: asyncio.AbstractEventLoop, rows: Sequence[NewRow]) -> asyncio.Future[list[Written]]:
        future: asyncio.Future[list[Written]] = loop.create_future()
        if not self._leaving:
            loop.call_soon(self._leave)
        self._leaving.append((rows, future))
        return future

    def _leave(self) -> None:
        leaving, self._leaving = self._leaving, []
        for rows, future in leaving:
            try:
                self._submit(rows, partial(self._bring, future))
            except WriterFull as exc:
                _settle(future, exc)

    def _bring(self, future: asyncio.Future[list[Written]], result: list[Written] | WriteFailed) -> None:
        self._arrived.append((future, result))
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):  # the loop is closed
                future.get_loop().call_soon_threadsafe(self._arrive)

    def _arrive(self) -> None:
        self._woken = False  # before looking, so that what arrives from now on wakes the loop again
        while self._arrived:
            _settle(*self._arrived.popleft())


def _settle(future: asyncio.Future[list[Written]], result: list[Written] | Exception) -> None:
    if future.cancelled():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
