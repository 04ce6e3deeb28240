"""The bucket's row: one for all processes, by one clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from hub.clock import SystemClock
from hub.storage.bucket import DatabaseBucket
from hub.storage.database import Database


@pytest.fixture
def process(database: Database, clock) -> Callable[[], DatabaseBucket]:
    return lambda: DatabaseBucket(database, "portal", rate=0.02, clock=clock)


@pytest.fixture
def soon():
    """A server's clock goes on by itself while the test runs."""
    return lambda expected: pytest.approx(expected, abs=1)


def test_new_bucket_is_empty(process) -> None:
    assert process().used() == 0


def test_what_is_drawn_counts_for_every_process(process, soon) -> None:
    assert process().draw(9, 40) == (9, soon(9))

    assert process().used() == soon(9)


def test_block_is_a_quarter_of_the_room(process) -> None:
    assert process().draw(20, 40)[0] == 10


def test_last_ones_are_given_singly(process) -> None:
    bucket = process()
    bucket.fill(37.5)

    assert [bucket.draw(20, 40)[0] for _ in range(3)] == [1, 1, 0]


def test_full_bucket_gives_nothing(process, soon) -> None:
    bucket = process()
    bucket.fill(49)

    assert bucket.draw(1, 39) == (0, soon(49))


def test_bucket_leaks_with_the_rate(process, wait, soon) -> None:
    process().fill(40)

    wait(timedelta(seconds=1000))

    assert process().used() == soon(20)
    assert process().draw(4, 39) == (4, soon(24))


def test_bucket_leaks_no_further_than_empty(process, wait, soon) -> None:
    process().fill(40)

    wait(timedelta(hours=1))
    process().add(5)

    assert process().used() == soon(5)


def test_what_was_not_needed_is_taken_away(process, soon) -> None:
    bucket = process()
    bucket.draw(8, 40)

    bucket.add(-5)
    assert bucket.used() == soon(3)

    bucket.add(-100)
    assert bucket.used() == 0


def test_filling_lets_a_longer_pause_stand(process, soon) -> None:
    process().fill(200)
    process().fill(49)

    assert process().used() == soon(200)


def test_portals_have_a_bucket_each(database, process, clock) -> None:
    process().fill(49)

    assert DatabaseBucket(database, "another", rate=0.02, clock=clock).used() == 0


def test_clock_that_goes_back_gives_nothing_away(process, wait) -> None:
    bucket = process()
    bucket.fill(49)

    wait(timedelta(hours=-1))

    assert bucket.draw(1, 49) == (0, pytest.approx(49, abs=1))


def test_clock_that_went_back_counts_from_there(process, wait, soon) -> None:
    bucket = process()
    bucket.fill(49)
    wait(timedelta(hours=-1))
    bucket.draw(1, 49)

    wait(timedelta(seconds=1000))

    assert bucket.used() == soon(29)


def test_processes_that_ask_at_once_never_get_more_than_there_is(database_url, database) -> None:
    """Each has a database connection of its own; the real clock decides, so the sum is held against it."""
    rate, limit = 100.0, 30.0
    started = time.monotonic()

    def ask(_: int) -> int:
        own = Database(database_url, SystemClock())
        bucket = DatabaseBucket(own, "portal", rate=rate, clock=SystemClock())
        got = sum(bucket.draw(5, limit)[0] for _ in range(40))
        own.close()
        return got

    with ThreadPoolExecutor(6) as threads:
        got = sum(threads.map(ask, range(6)))

    assert limit <= got <= limit + rate * (time.monotonic() - started)
