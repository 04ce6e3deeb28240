"""Leases: one holder at a time, lost only by time, and nobody who asked is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from hub.storage.database import Database
from hub.storage.leases import OwnLeases, SharedLeases

TTL = timedelta(seconds=10)


@pytest.fixture
def process(database: Database) -> Callable[[str], SharedLeases]:
    return lambda holder: SharedLeases(database, holder)


def test_lease_has_one_holder(process) -> None:
    assert process("one").acquire("sender", TTL)
    assert not process("two").acquire("sender", TTL)
    assert process("two").acquire("another lease", TTL)


def test_holder_may_acquire_again(process) -> None:
    one = process("one")

    assert one.acquire("sender", TTL)
    assert one.acquire("sender", TTL)


def test_released_lease_is_free(process) -> None:
    one = process("one")
    one.acquire("sender", TTL)

    assert one.release("sender")

    assert process("two").acquire("sender", TTL)


def test_lease_that_is_not_renewed_runs_out(process, wait) -> None:
    one, two = process("one"), process("two")
    one.acquire("sender", TTL)

    wait(TTL + timedelta(seconds=1))

    assert two.acquire("sender", TTL)
    assert not one.renew("sender", TTL)


def test_lease_that_is_renewed_stays(process, wait) -> None:
    one, two = process("one"), process("two")
    one.acquire("sender", TTL)

    for _ in range(3):
        wait(TTL * 0.7)
        assert one.renew("sender", TTL)

    assert not two.acquire("sender", TTL)


def test_lease_that_ran_out_but_nobody_took_can_be_renewed(process, wait) -> None:
    one = process("one")
    one.acquire("sender", TTL)
    wait(TTL * 2)

    assert one.renew("sender", TTL)


def test_holder_looks_again_when_somebody_asked_meanwhile(process) -> None:
    one, two = process("one"), process("two")
    one.acquire("sender", TTL)
    two.acquire("sender", TTL)

    assert not one.release("sender")
    assert one.release("sender")


def test_looking_again_answers_those_who_asked_before(process) -> None:
    one, two = process("one"), process("two")
    one.acquire("sender", TTL)
    two.acquire("sender", TTL)

    one.acquire("sender", TTL)

    assert one.release("sender")


def test_who_lost_the_lease_cannot_release_it(process, wait) -> None:
    one, two = process("one"), process("two")
    one.acquire("sender", TTL)
    wait(TTL * 2)
    two.acquire("sender", TTL)

    assert one.release("sender")

    assert not process("three").acquire("sender", TTL)


def test_lease_nobody_ever_had_can_be_released(process) -> None:
    assert process("one").release("sender")


def test_of_many_who_ask_for_a_new_lease_one_gets_it(process) -> None:
    with ThreadPoolExecutor(4) as threads:
        given = list(threads.map(lambda n: process(str(n)).acquire("sender", TTL), range(8)))

    assert given.count(True) == 1


def test_whoever_rings_is_served_by_somebody(process) -> None:
    """Doorbells and releases cross; no ring may be lost between the last look and the letting go."""
    rings, looks = [], []

    def ring_and_work(number: int) -> None:
        leases = process(str(number))
        rings.append(number)
        while leases.acquire("sender", timedelta(minutes=5)):
            looks.append(len(rings))
            if leases.release("sender"):
                break

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(ring_and_work, range(40)))

    assert looks[-1] == len(rings)


def test_the_only_process_is_always_granted() -> None:
    leases = OwnLeases("one")

    assert leases.acquire("sender", TTL)
    assert leases.renew("sender", TTL)
    assert leases.release("sender")
