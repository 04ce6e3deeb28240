"""The bell: equal rings within a moment are one, and who rings never waits."""

import threading

import pytest

from hub.worker.bell import Bell


@pytest.fixture
def rung():
    return []


@pytest.fixture
def bell():
    bell = Bell(0.05)
    yield bell
    bell.stop()


def test_rings_before_the_start_are_not_lost(bell, rung):
    bell.process("echo")
    bell.deliver()
    bell.start(rung.append)
    bell.flush()

    assert sorted(rung) == [("deliver", ()), ("process", ("echo",))]


def test_equal_rings_within_a_moment_are_one(bell, rung):
    bell.start(rung.append)
    for _ in range(10):
        bell.process("echo")
        bell.process("other")
    bell.flush()

    assert len(rung) <= 4
    assert set(rung) == {("process", ("echo",)), ("process", ("other",))}


def test_a_ring_after_the_moment_rings_again(bell, rung):
    bell.start(rung.append)
    for _ in range(3):
        bell.deliver()
        bell.flush()

    assert rung == [("deliver", ())] * 3


def test_who_rings_does_not_wait_for_a_slow_broker(bell):
    go = threading.Event()
    bell.start(lambda ring: go.wait(5))
    bell.deliver()
    bell.process("echo")  # returns although the first ring is still being passed on
    go.set()


def test_what_waits_is_rung_before_the_end(rung):
    bell = Bell(60)
    bell.start(rung.append)
    bell.deliver()
    bell.flush()
    bell.deliver()
    bell.stop()

    assert rung == [("deliver", ())] * 2
