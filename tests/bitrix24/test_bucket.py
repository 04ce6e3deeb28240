"""Requests per second, counted by one process, with a clock that the test moves."""

import threading
from datetime import timedelta

import pytest

from hub.bitrix24 import LeakyBucket, Level


@pytest.fixture
def bucket(clock):
    return LeakyBucket(2, 50, reserve=10, clock=clock, sleep=clock.sleep)


def take(bucket, number: int, *, priority: bool = False) -> None:
    for _ in range(number):
        bucket.acquire(priority=priority)


def test_a_burst_passes_without_waiting_up_to_the_reserve(bucket, clock):
    take(bucket, 39)

    assert clock.slept == []


def test_after_the_burst_requests_keep_to_the_rate(bucket, clock):
    take(bucket, 39)
    started = clock.now

    take(bucket, 20)

    assert clock.now - started == pytest.approx(10)


def test_the_reserve_is_for_those_with_priority(bucket, clock):
    take(bucket, 39)

    take(bucket, 10, priority=True)
    assert clock.slept == []

    bucket.acquire(priority=True)
    assert clock.slept == [0.5]


def test_one_request_of_the_portals_burst_is_never_used(bucket, clock):
    take(bucket, 49, priority=True)
    assert clock.slept == []

    bucket.acquire(priority=True)
    assert clock.slept != []


def test_others_wait_until_the_reserve_is_full_again(bucket, clock):
    take(bucket, 49, priority=True)

    bucket.acquire()

    assert sum(clock.slept) == pytest.approx(5.5)


def test_unused_time_fills_the_bucket_no_further_than_the_burst(bucket, clock):
    take(bucket, 39)
    clock.now += 3600

    take(bucket, 39)
    assert clock.slept == []

    bucket.acquire()
    assert clock.slept == [0.5]


def test_a_refusal_means_that_somebody_else_has_filled_the_bucket(bucket, clock):
    bucket.refused()

    bucket.acquire(priority=True)

    assert sum(clock.slept) == pytest.approx(0.5)


def test_a_wait_asked_for_by_the_portal_is_kept(bucket, clock):
    bucket.refused(timedelta(seconds=7))

    bucket.acquire(priority=True)

    assert sum(clock.slept) == pytest.approx(7.5)


def test_a_clock_that_goes_backwards_gives_nothing_away(bucket, clock):
    take(bucket, 39)
    clock.now -= 100

    bucket.acquire()

    assert clock.slept == [0.5]


@pytest.mark.parametrize("burst", [1, 2, 3, 10])
def test_a_small_burst_still_lets_everybody_through(clock, burst):
    bucket = LeakyBucket(2, burst, clock=clock, sleep=clock.sleep)

    take(bucket, 20)

    assert sum(clock.slept) <= 10


@pytest.mark.parametrize(("rate", "burst"), [(0, 50), (-1, 50), (2, 0)])
def test_limits_that_make_no_sense_are_refused(rate, burst):
    with pytest.raises(ValueError, match="positive"):
        LeakyBucket(rate, burst)


def test_threads_share_one_bucket():
    lock = threading.Lock()
    slept: list[float] = []

    class Enough(Exception):
        pass

    def sleep(seconds: float) -> None:
        with lock:
            slept.append(seconds)
        raise Enough

    bucket = LeakyBucket(2, 50, clock=lambda: 0.0, sleep=sleep)
    passed: list[int] = []

    def work() -> None:
        try:
            while True:
                bucket.acquire()
                with lock:
                    passed.append(1)
        except Enough:
            pass

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(passed) == 39
    assert len(slept) == 8


def test_taking_says_when_to_ask_again_instead_of_waiting(bucket, clock):
    take(bucket, 39)

    assert bucket.take() == pytest.approx(0.5)
    assert bucket.take(priority=True) == 0
    assert bucket.take() == pytest.approx(1.0)
    assert clock.slept == []


def test_a_permission_given_back_is_there_for_the_next(bucket):
    take(bucket, 39)

    bucket.give_back()

    assert bucket.take() == 0
    assert bucket.take() > 0


def test_giving_back_fills_the_bucket_no_further_than_the_burst(bucket):
    bucket.give_back()

    take(bucket, 39)
    assert bucket.take() > 0


def test_the_level_falls_with_the_rate(bucket, clock):
    take(bucket, 20)
    assert bucket.level() == Level(used=20, capacity=49)

    clock.now += 3
    assert bucket.level() == Level(used=14, capacity=49)


def test_the_level_shows_a_pause_the_portal_asked_for(bucket):
    bucket.refused(timedelta(seconds=5))

    assert bucket.level() == Level(used=59, capacity=49)
