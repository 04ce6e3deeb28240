"""Results come home to the event loops that wait for them."""

import asyncio
import threading

import pytest
from loops import run

from hub.pipeline.homing import Homing


def test_many_results_from_another_thread_reach_those_who_wait():
    homing = Homing()

    async def wait():
        futures = [homing.future() for _ in range(100)]
        threading.Thread(target=lambda: [homing.settle(f, n) for n, f in enumerate(futures)]).start()
        return await asyncio.gather(*futures)

    assert run(wait()) == list(range(100))


def test_an_error_is_raised_where_it_is_waited_for():
    homing = Homing()

    async def wait():
        future = homing.future()
        homing.settle(future, KeyError("gone"))
        await future

    with pytest.raises(KeyError):
        run(wait())


def test_who_no_longer_waits_misses_nothing_of_the_others():
    homing = Homing()

    async def wait():
        gone, there = homing.future(), homing.future()
        gone.cancel()
        homing.settle(gone, 1)
        homing.settle(there, 2)
        return await there

    assert run(wait()) == 2


def test_a_loop_that_is_closed_is_nobodys_trouble():
    homing = Homing()

    async def ask():
        return homing.future()

    homing.settle(run(ask()), 1)
