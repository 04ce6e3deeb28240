"""A few daemon threads in which one instance's calls run, so that none of them can hold up anything else."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from datetime import timedelta
from queue import SimpleQueue
from typing import Generic, TypeVar

from hub.registry.outside import Outside

R = TypeVar("R")


@dataclass
class Outcome(Generic[R]):
    """What a function came to: a value, or whatever it raised."""

    value: R | None = None
    error: BaseException | None = None

    def take_error(self) -> BaseException | None:
        """Return what it raised, and forget it.

        Whoever raises it again would make a cycle otherwise, because the frames in its traceback know the outcome:
        the request and all that was read of it would stay until the garbage collector comes by.
        """
        error, self.error = self.error, None
        return error


class NoThread(Exception):
    """No thread was free in time; nothing was run."""


class OverBudget(Exception):
    """The function is still running."""


class Task(Generic[R]):
    """A function on its way through the pool; ``seconds`` is how long it ran, once it has."""

    def __init__(
        self,
        function: Callable[[], R],
        budget: timedelta,
        late: Callable[[float], None],
        outside: Outside | None = None,
    ) -> None:
        self.budget = budget
        self._outside = outside or Outside()
        self.seconds = 0.0
        self._function = function
        self._budget = budget.total_seconds()
        self._late = late
        self._submitted = time.monotonic()
        self._started = math.inf
        self._abandoned = False
        self.future: Future[Outcome[R]] = Future()

    def result(self) -> Outcome[R]:
        """Wait for a thread at most the budget, and for the function at most the budget.

        Raises:
            NoThread: it did not begin, and will not.
            OverBudget: it began and has not ended; its result will be discarded.
        """
        if self.future.cancelled():
            raise NoThread
        left = self._time_to_begin()
        while True:
            try:
                return self.future.result(left)
            except TimeoutError:
                left = self._time_left()
                if left <= 0:
                    return self._give_up()
            except BaseException:
                self.future.cancel()
                raise

    async def result_async(self) -> Outcome[R]:
        """As :meth:`result`, without blocking the event loop."""
        if self.future.cancelled():
            raise NoThread
        waiting = asyncio.wrap_future(self.future)
        try:
            left = self._time_to_begin()
            while True:
                done, _ = await asyncio.wait({waiting}, timeout=left)
                if done:
                    return self.future.result()
                left = self._time_left()
                if left <= 0:
                    return self._give_up()
        finally:
            waiting.cancel()  # or a late result would look for an event loop that may be gone

    def run(self) -> Callable[[], None] | None:
        """Run the function, unless nobody waits any more; return what tells the result."""
        self._started = time.monotonic()
        if not self.future.set_running_or_notify_cancel():
            return None
        outcome = _outcome(self._function)
        self.seconds = time.monotonic() - self._started
        if self._abandoned:
            self._late(self.seconds)
        return lambda: self.future.set_result(outcome)

    def ended(self, within: float) -> bool:
        """Wait at most *within* seconds and say whether it has ended."""
        return bool(wait({self.future}, timeout=within).done)

    def is_overdue(self) -> bool:
        """Say whether it has been running, and not waiting for something outside, for longer than the budget."""
        return time.monotonic() - self._outside.seconds > self._started + self._budget

    def is_held_up(self) -> bool:
        """Say whether it waited for something outside for most of the budget."""
        return self._outside.seconds > self._budget / 2

    def _time_to_begin(self) -> float:
        return max(0.0, self._submitted + self._budget - time.monotonic())

    def _time_left(self) -> float:
        """Return what is left of the budget of a function that began; nothing when it will not begin."""
        return 0.0 if self.future.cancel() else self._started + self._budget - time.monotonic()

    def _give_up(self) -> Outcome[R]:
        if self.future.cancelled():
            raise NoThread
        if self.future.done():
            return self.future.result()
        self._abandoned = True
        raise OverBudget


class Pool:
    """At most *size* daemon threads, started when they are needed.

    Daemons, because a thread cannot be killed: a stuck one must not keep the process from ending.
    """

    def __init__(self, name: str, size: int) -> None:
        self._name = name
        self._size = size
        self._lock = threading.Lock()
        self._tasks: SimpleQueue[Task[object] | None] = SimpleQueue()
        self._running: set[Task[object]] = set()
        self._threads = 0
        self._unfinished = 0
        self._is_closed = False

    def submit(self, task: Task[R]) -> None:
        """Run *task* as soon as a thread is free, or never when all of them are stuck or the pool is closed."""
        if self._is_closed or self.is_stuck():
            task.future.cancel()
            return
        with self._lock:
            self._unfinished += 1
            if self._unfinished > self._threads < self._size:
                self._threads += 1
                threading.Thread(target=self._work, name=f"plugin-{self._name}", daemon=True).start()
        self._tasks.put(task)  # type: ignore[arg-type]

    def is_stuck(self) -> bool:
        """Say whether every thread has been in one call for longer than the call's budget."""
        with self._lock:
            return len(self._running) == self._size and all(task.is_overdue() for task in self._running)

    def close(self) -> None:
        """Let the threads end when they are idle; what runs is not waited for."""
        with self._lock:
            self._is_closed = True
            threads = self._threads
        for _ in range(threads):
            self._tasks.put(None)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            with self._lock:
                self._running.add(task)
            tell = task.run()
            with self._lock:
                self._running.discard(task)
                self._unfinished -= 1
            del task
            if tell is not None:
                tell()
            del tell


def _outcome(function: Callable[[], R]) -> Outcome[R]:
    try:
        return Outcome(value=function())
    except BaseException as exc:  # noqa: BLE001  # sys.exit() in a plugin must not end a thread either
        return Outcome(error=exc)
