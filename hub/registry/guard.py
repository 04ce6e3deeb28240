"""The one way into plugin code: bounded threads, time budgets, errors translated, failures counted."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Generic, TypeVar

import structlog

from hub.plugin import Clock, PluginError
from hub.registry.breaker import Breaker
from hub.registry.calls import STARTUP, Call, WrongResult
from hub.registry.counters import Counters
from hub.registry.errors import BudgetExceeded, CallFailed, HeldUp, PluginBug, PoolExhausted
from hub.registry.loop_watch import LoopWatch
from hub.registry.outside import Outside
from hub.registry.pool import NoThread, Outcome, OverBudget, Pool, Task
from hub.registry.tracebacks import frames, message, one_line
from hub.settings import DEFAULT_BUDGETS

R = TypeVar("R")

#: Threads of one instance, and as many for its quick calls.
THREADS = 4
#: Failures of a hook that strangers can call are logged this often; the counters have them all.
_TOLD_EVERY = timedelta(minutes=1)


class _Dropped(Exception):
    """Leaves a scope whose changes nobody wants."""


class Pending(Generic[R]):
    """A call under way, begun with :meth:`Guard.submit`."""

    def __init__(self, ended: Callable[[float], bool], wait: Callable[[], R]) -> None:
        self._ended = ended
        self._wait = wait

    def ended(self, within: timedelta) -> bool:
        """Wait at most *within* and say whether the call has ended; judges nothing."""
        return self._ended(max(0.0, within.total_seconds()))

    def result(self) -> R:
        """Wait for the call; raises what :meth:`Guard.call` raises."""
        return self._wait()


class Guard:
    """Calls plugin code so that its faults stay its own.

    Every call returns the checked result of its kind (see ``hub.registry.calls``) or raises:

    * ``PluginError`` and its kinds, as the plugin raised them;
    * ``BudgetExceeded``: the hub has stopped waiting, what comes later is discarded;
    * ``PoolExhausted``: no thread of the instance is free;
    * ``PluginBug``: anything else, already counted and logged; the original is its ``__cause__``.

    A thread cannot be killed, and one that never lets go of the interpreter cannot be cut short.
    """

    def __init__(
        self,
        clock: Clock,
        budgets: Mapping[str, Mapping[str, timedelta]] | None = None,
        *,
        threads: int = THREADS,
        scope: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Begin with all instances working.

        Args:
            budgets: by instance, what differs from ``DEFAULT_BUDGETS``.
            scope: opened around each call that somebody waits for; left with the call's error when it fails.
        """
        self.breaker = Breaker(clock)
        self.counters = Counters(clock)
        self._clock = clock
        self._budgets = budgets or {}
        self._threads = threads
        self._scope = scope
        self._lock = threading.Lock()
        self._pools: dict[tuple[str, bool], Pool] = {}
        self._told: dict[tuple[str, str], datetime] = {}
        self._loop_watch = LoopWatch()
        self._log = structlog.get_logger("hub.registry")

    def call(
        self,
        instance: str,
        kind: Call[R],
        function: Callable[..., object],
        *args: object,
        budget: timedelta | None = None,
        object_id: str = "",
    ) -> R:
        """Run *function* in a thread of *instance* and wait for it, at most the budget.

        Context variables are those of the caller. Generators are consumed in the thread.

        Args:
            budget: instead of the one of this kind of call.
            object_id: what the call is about, for the log.
        """
        with self._scope():
            return self.submit(instance, kind, function, *args, budget=budget, object_id=object_id).result()

    def submit(
        self,
        instance: str,
        kind: Call[R],
        function: Callable[..., object],
        *args: object,
        budget: timedelta | None = None,
        object_id: str = "",
    ) -> Pending[R]:
        """Begin a call and return at once."""
        task = self._submit(instance, kind, partial(function, *args), budget=budget, object_id=object_id)

        def wait() -> R:
            try:
                outcome = task.result()
            except (NoThread, OverBudget) as exc:
                raise self._not_done(instance, kind, exc, task) from None
            return self._value(instance, kind, outcome, task.seconds, object_id)

        return Pending(task.ended, wait)

    async def call_async(
        self,
        instance: str,
        kind: Call[R],
        function: Callable[..., object],
        *args: object,
        budget: timedelta | None = None,
        object_id: str = "",
    ) -> R:
        """As :meth:`call`, without blocking the event loop."""
        task = self._submit(instance, kind, partial(function, *args), budget=budget, object_id=object_id)
        try:
            outcome = await task.result_async()
        except (NoThread, OverBudget) as exc:
            raise self._not_done(instance, kind, exc, task) from None
        return self._value(instance, kind, outcome, task.seconds, object_id)

    def inline(
        self,
        instance: str,
        kind: Call[R],
        function: Callable[..., object],
        *args: object,
        object_id: str = "",
    ) -> R:
        """Run a quick CPU-only *function* here and now; too slow counts as a failure, its result stands."""
        started = time.perf_counter()
        outcome: Outcome[R]
        try:
            outcome = Outcome(value=kind.result(function(*args)))
        except KeyboardInterrupt:
            raise
        except BaseException as exc:  # noqa: BLE001
            outcome = Outcome(error=exc)
        seconds = time.perf_counter() - started
        self._loop_watch.took(instance, kind.name, seconds)
        budget = self._budget(instance, kind)
        if outcome.error is None and seconds > budget.total_seconds():
            error = f"took {seconds:.1f} s in the event loop; declare the source with inline=False"
            self.counters.failure(instance, kind.name, seconds, error, over_budget=True)
            self._strike(instance, kind, error)
            return outcome.value  # type: ignore[return-value]
        return self._value(instance, kind, outcome, seconds, object_id)

    def is_quick(self, instance: str, kind: Call[Any]) -> bool:
        """Say whether to go on calling this inline; not what kept the event loop several times in a row."""
        return self._loop_watch.is_quick(instance, kind.name)

    def try_out(
        self,
        instance: str,
        kind: Call[Any],
        function: Callable[..., object],
        *args: object,
        object_id: str = "",
    ) -> None:
        """Let a failing instance show whether it works again.

        Nobody waits for it, and what it returns or stores is dropped.
        """
        with suppress(_Dropped), self._scope():
            task = self._submit(instance, kind, partial(function, *args), budget=None, object_id=object_id)
            raise _Dropped  # a scope that is left with an error keeps nothing

        def judge(ended: Future[Outcome[Any]]) -> None:
            if ended.cancelled():
                return
            with suppress(CallFailed, PluginError):
                if task.seconds > task.budget.total_seconds():
                    raise self._not_done(instance, kind, OverBudget(), task)
                self._value(instance, kind, ended.result(), task.seconds, object_id)

        task.future.add_done_callback(judge)

    def close(self) -> None:
        """Let the threads end; calls that are made from now on are not done."""
        with self._lock:
            pools = list(self._pools.values())
        for pool in pools:
            pool.close()

    def _submit(
        self,
        instance: str,
        kind: Call[R],
        function: Callable[[], object],
        *,
        budget: timedelta | None,
        object_id: str,
    ) -> Task[R]:
        context, outside = contextvars.copy_context(), Outside()
        context.run(outside.follow)

        def late(seconds: float) -> None:
            self._log.warning(
                "late result discarded",
                plugin=instance,
                hook=kind.name,
                object=object_id,
                seconds=round(seconds, 1),
            )

        budget = budget or self._budget(instance, kind)
        task = Task(lambda: context.run(_run, kind, function), budget, late, outside)
        self._pool(instance, kind).submit(task)
        return task

    def _not_done(
        self, instance: str, kind: Call[Any], why: NoThread | OverBudget, task: Task[Any]
    ) -> CallFailed:
        budget = task.budget
        over_budget = isinstance(why, OverBudget)
        failed: CallFailed
        if over_budget and task.is_held_up():
            failed = HeldUp(instance, kind.name, budget)
        elif over_budget:
            failed = BudgetExceeded(instance, kind.name, budget)
        else:
            failed = PoolExhausted(instance, kind.name, self._threads)
        self.counters.failure(
            instance, kind.name, budget.total_seconds() * over_budget, failed.message, over_budget=over_budget
        )
        if self._pool(instance, kind).is_stuck():
            reason = (
                f"all {self._threads} threads are stuck, last in {kind.name}; restart the hub if this lasts"
            )
            self.breaker.trip(instance, kind.name, reason)
        elif over_budget and not task.is_held_up():
            self._strike(instance, kind, failed.message)
        if self._is_told(instance, kind):
            self._log.warning("plugin call not done", plugin=instance, hook=kind.name, error=failed.message)
        return failed

    def _value(self, instance: str, kind: Call[R], outcome: Outcome[R], seconds: float, object_id: str) -> R:
        error = outcome.take_error()
        if error is None or isinstance(error, PluginError):
            if error is None:
                self.counters.success(instance, kind.name, seconds)
            else:
                self.counters.refusal(instance, kind.name, seconds, message(error))
            said_no_to_start = error is not None and kind is STARTUP
            minds = self.breaker.minds(instance, kind.name)
            if minds and not (said_no_to_start or self._is_stuck(instance)):
                self.breaker.success(instance, kind.name)
            if error is not None:
                try:
                    raise error
                finally:
                    del error  # this frame is in its traceback
            return outcome.value  # type: ignore[return-value]
        said = str(error) if isinstance(error, WrongResult) else f"raised {one_line(error)}"
        self.counters.failure(instance, kind.name, seconds, said)
        self._strike(instance, kind, said)
        if self._is_told(instance, kind):
            self._log.error(
                "plugin bug",
                plugin=instance,
                hook=kind.name,
                object=object_id,
                error=said,
                exception=frames(error),
            )
        raise PluginBug(instance, kind.name, said) from error

    def _strike(self, instance: str, kind: Call[Any], error: str) -> None:
        if not kind.by_strangers:
            self.breaker.failure(instance, kind.name, error)

    def _is_told(self, instance: str, kind: Call[Any]) -> bool:
        """Say whether to log a failure; strangers must not be able to fill the log."""
        if not kind.by_strangers:
            return True
        now = self._clock.now()
        with self._lock:
            last = self._told.get((instance, kind.name))
            if last is not None and now - last < _TOLD_EVERY:
                return False
            self._told[instance, kind.name] = now
            return True

    def _budget(self, instance: str, kind: Call[Any]) -> timedelta:
        return self._budgets.get(instance, {}).get(kind.budget_key) or DEFAULT_BUDGETS[kind.budget_key]

    def _pool(self, instance: str, kind: Call[Any]) -> Pool:
        place = (instance, kind.quick)
        with self._lock:
            if place not in self._pools:
                self._pools[place] = Pool(instance, self._threads)
            return self._pools[place]

    def _is_stuck(self, instance: str) -> bool:
        with self._lock:
            pools = [self._pools.get((instance, quick)) for quick in (False, True)]
        return any(pool is not None and pool.is_stuck() for pool in pools)


def _run(kind: Call[R], function: Callable[[], object]) -> R:
    return kind.result(function())
