"""Slots: an instance that takes its time never takes all threads."""

from contextlib import ExitStack

import pytest

from hub.pipeline.slots import Slots


@pytest.fixture
def taken():
    with ExitStack() as stack:
        yield stack


def take(slots, taken, instance, times):
    return [taken.enter_context(slots.take(instance)) for _ in range(times)]


def test_an_instance_has_so_many_slots_and_no_more(taken):
    slots = Slots(["a", "b"], each=4, shared=8)

    assert take(slots, taken, "a", 6) == [True] * 4 + [False] * 2


def test_each_instance_has_a_slot_whatever_the_others_do(taken):
    slots = Slots(["a", "b", "c"], each=4, shared=3)

    assert take(slots, taken, "a", 4) == [True] * 4
    assert take(slots, taken, "b", 4) == [True, False, False, False]
    assert take(slots, taken, "c", 1) == [True]
    assert slots.threads == 6


def test_a_slot_is_free_again_after_the_block(taken):
    slots = Slots(["a"], each=1, shared=8)
    for _ in range(3):
        with slots.take("a") as first, slots.take("a") as second:
            assert (first, second) == (True, False)


def test_an_unknown_instance_has_none(taken):
    assert take(Slots(["a"], each=4, shared=8), taken, "b", 1) == [False]
