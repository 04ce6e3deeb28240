"""Requests per second and execution time, with a clock that the test moves."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from hub.bitrix24 import LeakyBucket, OperatingBudget, Timing
from hub.bitrix24.errors import OperatingLimit


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


@pytest.fixture
def budget(clock):
    return OperatingBudget(480, clock=clock)


def used(seconds: float, *, reset: float = 1_000_300, processing: float = 1.0) -> Timing:
    return Timing(operating=seconds, processing=processing, reset_at=datetime.fromtimestamp(reset, UTC))


def test_a_method_never_called_has_all_its_time(budget):
    assert budget.pause("crm.deal.list") == 0


def test_a_method_below_four_fifths_is_not_slowed(budget):
    budget.observe("crm.deal.list", used(383))

    assert budget.pause("crm.deal.list") == 0


def test_near_the_limit_calls_are_spread_to_the_rate_that_can_be_kept(budget, clock):
    for _ in range(2):
        budget.observe("crm.deal.list", used(400, processing=2.0))

    assert budget.pause("crm.deal.list") == pytest.approx(2 * 2.0 * 600 / 480)
    clock.now += 5
    assert budget.pause("crm.deal.list") == 0


def test_a_long_pause_is_reported_instead_of_slept(budget, clock):
    budget.observe("crm.deal.list", used(400, processing=20.0))

    with pytest.raises(OperatingLimit) as caught:
        budget.pause("crm.deal.list")

    assert caught.value.reset_at == datetime.fromtimestamp(clock.now + 25, UTC)


def test_at_the_limit_a_method_is_held_until_its_reset(budget, clock):
    budget.observe("crm.deal.list", used(475, reset=clock.now + 300))

    with pytest.raises(OperatingLimit) as caught:
        budget.pause("CRM.Deal.List")

    assert caught.value.reset_at == datetime.fromtimestamp(clock.now + 300, UTC)
    clock.now += 300
    assert budget.pause("crm.deal.list") == 0


def test_other_methods_are_not_held(budget):
    budget.observe("crm.deal.list", used(480))

    assert budget.pause("crm.lead.list") == 0


def test_a_refused_method_rests_until_the_last_known_reset(budget, clock):
    budget.observe("x.send", used(100, reset=clock.now + 200))

    assert budget.block("x.send").reset_at == datetime.fromtimestamp(clock.now + 200, UTC)


def test_a_refused_method_rests_ten_seconds_at_least(budget, clock):
    assert budget.block("x.send").reset_at == datetime.fromtimestamp(clock.now + 10, UTC)


def test_a_wrong_clock_stops_nobody_longer_than_the_window(budget, clock):
    budget.observe("x.send", used(480, reset=clock.now + 10_000))

    with pytest.raises(OperatingLimit) as caught:
        budget.pause("x.send")

    assert caught.value.reset_at == datetime.fromtimestamp(clock.now + 600, UTC)


def test_an_answer_without_times_changes_nothing(budget):
    budget.observe("x.send", Timing(processing=5.0))

    assert budget.pause("x.send") == 0
