"""One bucket for many processes, in a place with a clock that the test moves."""

import random
from datetime import timedelta

import pytest

from hub.bitrix24 import Bounds, Level, SharedBucket


class Away(Exception):
    """The place is away."""


class Place:
    """Counts as the database and Redis do; may be away."""

    def __init__(self, clock, rate: float) -> None:
        self.clock = clock
        self.rate = rate
        self.level = 0.0
        self.seen = clock()
        self.away = False
        self.asked = 0

    def draw(self, wanted: int, limit: float) -> tuple[int, float]:
        room = int(limit - self.used() + 1e-6)
        granted = min(wanted, max(1, room // 4)) if room >= 1 else 0
        self.level += granted
        return granted, self.level

    def add(self, requests: float) -> None:
        self.level = max(0.0, self.used() + requests)

    def fill(self, level: float) -> None:
        self.level = max(self.used(), level)

    def used(self) -> float:
        self.asked += 1
        if self.away:
            raise Away
        self.level = max(0.0, self.level - max(0.0, self.clock() - self.seen) * self.rate)
        self.seen = self.clock()
        return self.level


class Portal:
    """Counts requests as the portal does."""

    def __init__(self, clock, rate: float) -> None:
        self.clock = clock
        self.rate = rate
        self.level = self.highest = 0.0
        self.seen = clock()

    def request(self) -> None:
        self.level = max(0.0, self.level - (self.clock() - self.seen) * self.rate) + 1
        self.seen = self.clock()
        self.highest = max(self.highest, self.level)


@pytest.fixture
def rate():
    """Requests per second that the portal allows."""
    return 2


@pytest.fixture
def place(clock, rate):
    return Place(clock, rate)


@pytest.fixture
def told():
    return []


@pytest.fixture
def process(place, clock, told, rate):
    """Start a process: make its bucket."""

    def start() -> SharedBucket:
        return SharedBucket(
            place,
            Bounds.of(rate, 50),
            errors=(Away,),
            on_away=lambda error: told.append("away"),
            on_back=lambda: told.append("back"),
            clock=clock,
            sleep=clock.sleep,
        )

    return start


def taken(*buckets, priority: bool = False) -> int:
    """Take in turns until nobody gets any."""
    number = 0
    while got := sum(not bucket.take(priority=priority) for bucket in buckets):
        number += got
    return number


def test_a_burst_passes_up_to_the_reserve(process):
    assert taken(process()) == 39


def test_the_reserve_is_for_those_with_priority(process):
    bucket = process()
    taken(bucket)

    assert taken(bucket, priority=True) == 10
    assert bucket.take() > 0


def test_what_is_drawn_with_priority_is_not_left_for_others(process):
    urgent, other = process(), process()
    taken(urgent, other)

    assert not urgent.take(priority=True)
    assert urgent.take() > 0


@pytest.mark.parametrize("rate", [80])
def test_a_fast_and_plentiful_portal_is_not_asked_for_every_request(process, place):
    bucket = process()

    for _ in range(25):
        assert not bucket.take()

    assert place.asked < 8


def test_after_the_burst_requests_keep_to_the_rate(process, clock):
    bucket = process()
    taken(bucket)
    started = clock.now

    for _ in range(20):
        bucket.acquire()

    assert clock.now - started == pytest.approx(10)


def test_who_waits_does_not_ask_again_and_again(process, place):
    bucket = process()
    taken(bucket)
    asked = place.asked

    assert [bucket.take() for _ in range(10)] == [pytest.approx(0.5)] * 10

    assert place.asked == asked


def test_processes_share_one_burst(process):
    assert taken(process(), process(), process()) == 39


def test_waiting_processes_share_the_rate(process, clock):
    buckets = [process(), process()]
    taken(*buckets)
    started = clock.now
    got = dict.fromkeys(buckets, 0)

    while clock.now < started + 60:
        for bucket in random.Random(clock.now).sample(buckets, 2):
            got[bucket] += not bucket.take()
        clock.now += 0.25

    assert sum(got.values()) == pytest.approx(120, abs=2)
    assert min(got.values()) > 20


def test_a_restart_does_not_fill_the_bucket(process):
    first = process()
    taken(first)

    assert process().take() > 0


def test_one_request_needs_no_block(process, place):
    process().take()

    assert place.level == 1


@pytest.mark.parametrize("rate", [80])
def test_what_is_drawn_in_advance_loses_its_value_with_time(process, place, clock):
    """The place forgets it after a while, so whoever kept it would come on top."""
    one = process()
    for _ in range(8):
        one.take()
    clock.now += 60

    one.take()

    assert place.level == 1


def test_every_permission_is_used_however_slowly(process, place, clock):
    bucket = process()

    for _ in range(20):
        assert not bucket.take()
        assert not bucket.take()
        bucket.give_back()
        clock.now += 0.01

    assert place.used() == pytest.approx(20 - 0.2 * place.rate)


def test_a_permission_given_back_is_there_for_the_next(process):
    bucket = process()
    taken(bucket)

    bucket.give_back()

    assert not bucket.take()
    assert bucket.take() > 0


def test_a_refusal_empties_the_bucket_for_everybody(process):
    one, two = process(), process()

    one.refused()

    assert one.take() > 0
    assert two.take() > 0
    assert two.take(priority=True) == pytest.approx(0.5)


def test_a_pause_that_the_portal_asked_for_is_kept_by_everybody(process, clock):
    one, two = process(), process()
    started = clock.now

    one.refused(timedelta(seconds=7))
    two.acquire(priority=True)

    assert clock.now - started == pytest.approx(7.5)


@pytest.mark.parametrize("rate", [80])
def test_the_level_is_that_of_all_processes(process):
    one, two = process(), process()
    for _ in range(9):
        one.take()

    assert one.level() == Level(used=9, capacity=49)
    assert two.level() == Level(used=15, capacity=49)  # with what the other one keeps


@pytest.mark.parametrize("burst", [1, 2, 3, 10])
def test_a_small_burst_still_lets_everybody_through(place, clock, burst):
    bucket = SharedBucket(place, Bounds.of(2, burst), errors=(Away,), clock=clock, sleep=clock.sleep)

    for _ in range(20):
        bucket.acquire()

    assert sum(clock.slept) <= 10


@pytest.mark.parametrize(("rate", "burst"), [(0, 50), (-1, 50), (2, 0)])
def test_limits_that_make_no_sense_are_refused(rate, burst):
    with pytest.raises(ValueError, match="positive"):
        Bounds.of(rate, burst)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("rate", "burst"), [(2, 50), (5, 250)])
def test_processes_together_never_exceed_the_portals_bucket(clock, rate, burst, seed):
    """They come and go, take, give back, rest for long; what is kept in advance is the danger."""
    chance = random.Random(seed)
    place, portal = Place(clock, rate), Portal(clock, rate)

    def start() -> SharedBucket:
        return SharedBucket(place, Bounds.of(rate, burst), errors=(Away,), clock=clock)

    buckets = [start() for _ in range(4)]
    for _ in range(3000):
        bucket = chance.choice(buckets)
        match chance.choices(["send", "hurry", "moot", "wait", "long", "killed"], [80, 10, 3, 25, 1, 0.3])[0]:
            case "send" | "hurry" as how:
                for _ in range(chance.randint(1, burst // 4)):
                    if not bucket.take(priority=how == "hurry"):
                        portal.request()
            case "moot":
                if not bucket.take():
                    bucket.give_back()
            case "wait":
                clock.now += chance.random()
            case "long":
                clock.now += 30 * chance.random()
            case "killed":
                buckets[buckets.index(bucket)] = start()

    assert burst * 0.85 < portal.highest <= burst


def test_losing_the_place_stops_nobody(process, place, clock):
    bucket = process()
    place.away = True
    started = clock.now

    for _ in range(30):
        bucket.acquire()

    # a quarter of the rate, after the reserve's quarter has filled
    assert clock.now - started == pytest.approx((30 + 2) * 2)


def test_four_processes_without_the_place_stay_inside_the_limits(process, place, clock):
    portal = Portal(clock, 2)
    buckets = [process() for _ in range(4)]
    for _ in range(49):
        if not buckets[0].take(priority=True):
            portal.request()
    place.away = True

    for _ in range(400):
        clock.now += 0.25
        for bucket in buckets:
            if not bucket.take():
                portal.request()

    assert portal.highest <= 50


def test_a_place_that_is_away_is_told_of_once_and_asked_rarely(process, place, clock, told):
    bucket = process()
    place.away = True

    for _ in range(100):
        bucket.take()
        bucket.level()
        clock.now += 0.2

    assert told == ["away"]
    assert place.asked <= 5


def test_a_place_that_is_back_hears_what_was_spent_meanwhile(process, place, clock, told):
    bucket = process()
    place.away = True
    for _ in range(3):
        bucket.acquire()
    place.away = False
    clock.now += 5

    bucket.take()

    assert told == ["away", "back"]
    assert place.level == 4


def test_a_refusal_counts_without_the_place_too(process, place, clock):
    bucket = process()
    place.away = True
    started = clock.now

    bucket.refused(timedelta(seconds=20))
    bucket.acquire(priority=True)

    assert clock.now - started == pytest.approx(22)
