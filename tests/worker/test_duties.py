"""Duties: what runs by itself, again and again, in one process at a time."""

import threading
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from echo import TOKEN, EchoPlugin
from loops import run as run_coroutine

from hub.app import Hub
from hub.plugin import HubError, Notification, Timer, hookimpl
from hub.sandbox import Sandbox
from hub.settings import Settings
from hub.storage.leases import OwnLeases
from hub.testing import InstalledPlugin
from hub.worker.duties import Duties, Duty

SOON = timedelta(milliseconds=5)


class Refusing(OwnLeases):
    """Leases that somebody else holds."""

    def acquire(self, name, ttl):
        return False


@pytest.fixture
def counted():
    """A duty that fails at its first turn, and an event for its third."""
    turns = []
    enough = threading.Event()

    def run():
        turns.append(1)
        if len(turns) == 1:
            raise HubError("not this time")
        if len(turns) == 3:
            enough.set()

    return run, turns, enough


def test_a_duty_that_fails_is_done_at_its_next_turn(counted):
    run, _, enough = counted
    duties = Duties([Duty(name="count", every=SOON, run=run)], OwnLeases("me"))
    duties.start()

    assert enough.wait(5)
    duties.stop()


def test_a_duty_ends_with_the_process(counted):
    run, turns, enough = counted
    duties = Duties([Duty(name="count", every=SOON, run=run)], OwnLeases("me"))
    duties.start()
    enough.wait(5)
    duties.stop()
    done = len(turns)

    assert not any(thread.name == "duty-count" for thread in threading.enumerate())
    assert len(turns) == done


@pytest.mark.parametrize(("shared", "turns"), [(True, 0), (False, 1)], ids=["shared", "own"])
def test_a_shared_duty_is_left_to_whoever_holds_its_lease(shared, turns):
    done = []
    duty = Duty(name="count", every=SOON, run=lambda: done.append(1), shared=shared)
    Duties([duty], Refusing("me")).run(duty)

    assert len(done) == turns


class TimerPlugin(EchoPlugin):
    """Arms a timer when it starts, and remembers what became of its deliveries."""

    finished = threading.Event()

    @hookimpl
    def startup(self):
        self.ctx.timers.set("soon", "k", datetime.now(UTC))

    @hookimpl
    def timers(self):
        yield Timer(
            name="soon", handler=lambda fired: [Notification(key="fired", title="fired", to=("user:1",))]
        )

    @hookimpl
    def delivery_finished(self, delivery):
        self.finished.set()


def test_a_hub_left_alone_finds_what_a_lost_doorbell_left_fires_timers_and_tells(tmp_path):
    with Sandbox.running() as portal:
        hub = Hub(
            Settings.model_validate(
                {
                    "hub": {"database_url": f"sqlite:///{tmp_path}/hub.db"},
                    "bitrix24": {"webhook_url": portal.webhook_url, "rate": 1000.0, "burst": 10_000},
                    "bot": {"token": "test-bot-token", "fallback": "user:1"},
                }
            ),
            plugins=[InstalledPlugin("echo", TimerPlugin)],
        )
        hub.accept._ring = lambda instance: None
        try:
            hub.start(work=True)
            run_coroutine(_receive(hub, b'{"key": "a", "to": ["user:17"]}'))
            portal.wait_for(lambda: portal.shown("1") and portal.shown("17"))

            assert TimerPlugin.finished.wait(5)
        finally:
            hub.stop()


async def _receive(hub, body):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(hub.web), base_url="http://hub") as client:
        response = await client.post("/in/echo", content=body, headers=TOKEN)
    assert response.status_code == 200
