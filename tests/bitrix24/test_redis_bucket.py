"""The bucket's place in Redis, by Redis' own clock."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from hub.bitrix24 import Bounds, SharedBucket
from hub.bitrix24.redis_bucket import RedisBucket, connect

KEY = "hub:bucket:portal"


@pytest.fixture
def redis(redis_url):
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def process(redis_url):
    """Start a process: connect."""
    opened = []

    def start(rate: float = 2) -> RedisBucket:
        connection, _ = connect(redis_url)
        opened.append(connection)
        return RedisBucket(connection, "portal", rate=rate, capacity=49)

    yield start
    for connection in opened:
        connection.close()


@pytest.fixture
def wait(redis):
    """Let time pass: make what is kept older."""
    return lambda seconds: redis.hincrbyfloat(KEY, "at", -seconds)


@pytest.fixture
def empty(process):
    process().add(-49)


def soon(expected):
    """Redis' clock goes on by itself while the test runs."""
    return pytest.approx(expected, abs=1)


def test_a_bucket_that_redis_does_not_know_is_full(process, wait):
    """It may have been lost with Redis' memory; nobody can tell how full it was."""
    assert process().draw(1, 49) == (0, soon(49))

    wait(10)

    assert process().used() == soon(29)


@pytest.mark.usefixtures("empty")
def test_what_is_drawn_counts_for_every_process(process):
    assert process().draw(9, 40) == (9, soon(9))

    assert process().used() == soon(9)


@pytest.mark.usefixtures("empty")
def test_a_block_is_a_quarter_of_the_room_and_the_last_ones_come_singly(process):
    bucket = process()

    assert bucket.draw(20, 40)[0] == 10

    bucket.fill(37.5)
    assert [bucket.draw(20, 40)[0] for _ in range(3)] == [1, 1, 0]


@pytest.mark.usefixtures("empty")
def test_the_bucket_leaks_with_the_rate_and_no_further_than_empty(process, wait):
    bucket = process()
    bucket.fill(40)

    wait(10)
    assert bucket.used() == soon(20)

    wait(3600)
    assert bucket.used() == 0


@pytest.mark.usefixtures("empty")
def test_what_was_not_needed_is_taken_away(process):
    bucket = process()
    bucket.draw(8, 40)

    bucket.add(-5)

    assert bucket.used() == soon(3)


def test_filling_lets_a_longer_pause_stand(process):
    process().fill(200)
    process().fill(49)

    assert process().used() == soon(200)


@pytest.mark.usefixtures("empty")
def test_a_clock_that_went_back_gives_nothing_away_and_counts_from_there(process, wait):
    process().fill(49)

    wait(-3600)
    assert process().used() == soon(49)

    wait(10)
    assert process().used() == soon(29)


@pytest.mark.usefixtures("empty")
def test_processes_that_ask_at_once_never_get_more_than_there_is(process):
    """The real clock decides, so the sum is held against it."""
    rate, limit = 100.0, 30.0
    buckets = [process(rate) for _ in range(4)]
    started = time.monotonic()

    def ask(bucket: RedisBucket) -> int:
        return sum(bucket.draw(5, limit)[0] for _ in range(200))

    with ThreadPoolExecutor(4) as threads:
        got = sum(threads.map(ask, buckets))

    assert limit <= got <= limit + rate * (time.monotonic() - started)


def test_losing_redis_stops_nobody(clock):
    connection, errors = connect("redis://127.0.0.1:1/0")
    told = []
    place = RedisBucket(connection, "portal", rate=2, capacity=49)
    bucket = SharedBucket(
        place, Bounds.of(2, 50), errors=errors, on_away=told.append, clock=clock, sleep=clock.sleep
    )

    for _ in range(5):
        bucket.acquire()

    assert len(told) == 1
