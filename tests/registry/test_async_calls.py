"""The same guarantees for the event loop."""

import asyncio
import contextvars
import threading

import pytest
from loops import run as run_coroutine

from hub.plugin import InvalidSignature
from hub.registry import BudgetExceeded, PluginBug, PoolExhausted, calls
from hub.registry.guard import THREADS

from .conftest import SHORT


def _refuse():
    raise InvalidSignature


def test_the_event_loop_goes_on_while_a_plugin_works(guard):
    async def run():
        loop = asyncio.get_running_loop()
        going = threading.Event()
        call = asyncio.create_task(guard.call_async("x", calls.LOAD, going.wait))
        loop.call_soon(going.set)
        return await call

    assert run_coroutine(run()) is True


def test_errors_are_translated_alike(guard):
    with pytest.raises(InvalidSignature):
        run_coroutine(guard.call_async("x", calls.VERIFY, _refuse))
    with pytest.raises(PluginBug):
        run_coroutine(guard.call_async("x", calls.VERIFY, lambda: True))


def test_at_the_budget_the_hub_stops_waiting(guard, forever):
    with pytest.raises(BudgetExceeded):
        run_coroutine(guard.call_async("x", calls.VERIFY, forever, budget=SHORT))


def test_with_every_thread_stuck_nothing_is_run(guard, forever):
    async def run():
        stuck = [guard.call_async("x", calls.VERIFY, forever, budget=SHORT) for _ in range(THREADS)]
        await asyncio.gather(*stuck, return_exceptions=True)
        await guard.call_async("x", calls.VERIFY, _refuse)

    with pytest.raises(PoolExhausted):
        run_coroutine(run())


def test_a_call_nobody_waits_for_any_more_is_not_begun(guard, forever):
    ran = []

    async def run():
        for _ in range(THREADS):
            guard.submit("x", calls.LOAD, forever)
        waiting = asyncio.create_task(guard.call_async("x", calls.LOAD, ran.append, 1))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    run_coroutine(run())
    assert ran == []


def test_a_result_that_comes_after_the_event_loop_is_gone_disturbs_nobody(guard):
    go_on = threading.Event()

    with pytest.raises(BudgetExceeded):
        run_coroutine(guard.call_async("x", calls.LOAD, go_on.wait, budget=SHORT))
    go_on.set()

    # four of these need every thread, so the late one has ended
    meet = threading.Barrier(THREADS)
    for each in [guard.submit("x", calls.LOAD, meet.wait) for _ in range(THREADS)]:
        each.result()


def test_context_variables_are_those_of_the_task(guard):
    unit = contextvars.ContextVar("unit", default="none")

    async def run(name):
        unit.set(name)
        return await guard.call_async("x", calls.LOAD, unit.get)

    async def both():
        return await asyncio.gather(run("a"), run("b"))

    assert run_coroutine(both()) == ["a", "b"]
