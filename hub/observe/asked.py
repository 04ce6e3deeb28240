"""A question whose answer may never come: asked in a thread of its own, waited for only so long."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Asked(Generic[T]):
    """Asks one question at a time; who asks meanwhile waits for the same answer.

    So a database that hangs costs one thread, however many look at the hub's health.
    """

    def __init__(self, name: str, question: Callable[[], T]) -> None:
        self._name = name
        self._question = question
        self._lock = threading.Lock()
        self._asked: Future[T] | None = None

    def answer(self, within: float) -> T:
        """Return the answer, or raise what the question raises.

        Raises:
            TimeoutError: it did not come within that many seconds.
        """
        return self._ask().result(within)

    async def answer_async(self, within: float) -> T:
        """As :meth:`answer`, without blocking the event loop."""
        # shielded, because others may wait for the same answer
        return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._ask())), within)

    def _ask(self) -> Future[T]:
        with self._lock:
            if self._asked is not None and not self._asked.done():
                return self._asked
            asked: Future[T] = Future()
            self._asked = asked
            threading.Thread(target=self._run, args=(asked,), name=f"ask-{self._name}", daemon=True).start()
            return asked

    def _run(self, asked: Future[T]) -> None:
        try:
            asked.set_result(self._question())
        except BaseException as exc:  # noqa: BLE001 - whoever waits raises it
            asked.set_exception(exc)
