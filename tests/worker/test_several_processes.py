"""Several processes around one PostgreSQL: what one accepts or leaves behind, another one does."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from echo import TOKEN, EchoPlugin

from hub.app import Hub
from hub.sandbox import Sandbox
from hub.testing import InstalledPlugin, MovedClock, running_hub

PLUGINS = [InstalledPlugin("echo", EchoPlugin)]


@pytest.fixture
def clock():
    return MovedClock()


@pytest.fixture
def portal():
    with Sandbox.running() as portal:
        yield portal


@pytest.fixture
def run(postgres_url, portal, clock, tmp_path):
    """Run one of the processes; without a broker each of them works."""

    def run(broker_url=""):
        servers = {"database_url": postgres_url, "broker_url": broker_url}
        return running_hub(plugins=PLUGINS, folder=tmp_path, clock=clock, sandbox=portal, servers=servers)

    return run


@contextmanager
def receiving(worker, clock):
    """Run a process that only receives, beside *worker*."""
    hub = Hub(worker.app.settings, clock=clock, plugins=PLUGINS, duties=False)
    try:
        hub.start(work=False)
        yield hub
    finally:
        hub.stop()


def test_without_a_broker_what_one_process_leaves_another_one_does(run):
    with run() as one, run() as two:
        one.app.process.stop()
        one.receive("echo", {"key": "a"}, headers=TOKEN, settle=False)
        two.clock.move(timedelta(seconds=1))
        two.receive("echo", {"key": "b"}, headers=TOKEN)

        assert [card.text for card in two.shown("1")] == ["[b]a[/b]", "[b]b[/b]"]
        assert {event.state for event in one.events} == {"processed"}


def test_what_a_process_that_is_gone_had_claimed_is_done_by_another_one(run):
    with run() as one, run() as two:
        one.app.process.stop()
        one.receive("echo", {"key": "a"}, headers=TOKEN, settle=False)
        (claimed,) = one.app.inbox.claim("echo", "of one that is gone", 10)
        two.settle()
        assert two.shown("1") == []

        two.move(timedelta(seconds=5))
        assert len(two.shown("1")) == 1
        assert two.app.inbox.get(claimed.id).attempts == 2


def test_a_plugin_that_fails_in_one_process_works_in_the_others(run):
    with run() as one, run() as two:
        one.app.registry.guard.breaker.trip("echo", "notify", "no way to its server")
        one.app.housekeeping.write_statistics()
        two.receive("echo", {"key": "a"}, headers=TOKEN)

        told = two.app.plugin_statuses.all()["echo"]
        assert (told.status, told.reason) == ("failing", "no way to its server")
        assert (told.alike, told.processes) == (1, 2)
        assert len(two.shown("1")) == 1


def test_a_process_that_only_receives_tells_how_its_plugins_fare(run, clock, redis_url):
    with run(redis_url) as worker:
        with receiving(worker, clock) as web:
            web.registry.guard.breaker.trip("echo", "accept", "odd")
            web.registry.guard.counters.failure("echo", "accept", 0.0, "odd")
            web.housekeeping.write_statistics()
            counted = {each.hook: each for each in worker.app.plugin_stats.counters("echo")}

            assert worker.app.plugin_statuses.all()["echo"].alike == 1
            assert counted["accept"].failures == 1
        assert worker.app.plugin_statuses.all()["echo"].status == "active"
