"""Schedule: jobs tick by the hub's wall clock, timers fire once, whatever happens to the hub meanwhile."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hub.pipeline.schedule import Schedule
from hub.pipeline.ticks import latest_tick, next_tick
from hub.plugin import (
    Job,
    Notification,
    PermanentFailure,
    Plugin,
    PluginSettings,
    RetryLater,
    Timer,
    hookimpl,
)
from hub.testing import InstalledPlugin, MovedClock

HOUR = timedelta(hours=1)


class ClockPlugin(Plugin[PluginSettings]):
    """Jobs and a timer that tell when they ran."""

    api_version = "1.0"

    def __init__(self, settings, ctx):
        super().__init__(settings, ctx)
        self.ran = []
        self.fired = []
        self.on_fire = lambda fired: None

    @hookimpl
    def jobs(self):
        yield Job(name="hourly", cron="0 * * * *", run=lambda: self._run("hourly"))
        yield Job(name="morning", cron="30 2 * * *", run=lambda: self._run("morning"))
        yield Job(name="fussy", cron="15 * * * *", run=lambda: self._run("fussy"), missed="skip")

    @hookimpl
    def timers(self):
        yield Timer(name="later", handler=self._fire)

    def _run(self, name):
        now = self.ctx.clock.now()
        self.ran.append((name, now))
        yield Notification(key=f"{name} {now.isoformat()}", title=name, to=("user:1",))

    def _fire(self, fired):
        self.fired.append((fired.key, fired.data, fired.due_at))
        self.on_fire(fired)
        return [Notification(key=f"fired {fired.key}", title="fired", to=("user:1",))]


@pytest.fixture(scope="module")
def lasting_plugins():
    return [InstalledPlugin("clock", ClockPlugin)]


@pytest.fixture
def clock(hub):
    hub.settle()  # the schedule begins when the jobs are first seen
    return hub.app.registry.instance("clock").plugin


def ran(clock, name):
    return [at for job, at in clock.ran if job == name]


# jobs


def test_a_tick_runs_once_at_its_time(hub, clock):
    hub.move(timedelta(minutes=54))
    assert ran(clock, "hourly") == []

    hub.move(timedelta(minutes=1))
    hub.settle()
    assert len(ran(clock, "hourly")) == 1
    assert [event.kind for event in hub.events] == ["job"]
    assert [row.lane for row in hub.deliveries] == [3]  # digests wait for whatever is more urgent


@pytest.mark.every_backend
def test_a_tick_runs_once_with_two_schedulers(hub, clock):
    other = Schedule(
        database=hub.app.database,
        inbox=hub.app.inbox,
        data=hub.app.plugin_data,
        ids=hub.app.ids,
        registry=hub.app.registry,
        zone=ZoneInfo("UTC"),
        ring=lambda instance: None,
    )
    hub.clock.move(timedelta(minutes=55))
    other.tick()
    hub.settle()
    other.tick()
    hub.settle()

    assert len(ran(clock, "hourly")) == 1


@pytest.mark.every_backend
def test_after_downtime_only_the_latest_missed_tick_runs(hub, clock):
    hub.move(timedelta(days=3))

    assert [len(ran(clock, name)) for name in ("hourly", "morning")] == [1, 1]
    assert [event.request["tick"] for event in hub.events] == [
        "2026-11-25T10:00:00+00:00",
        "2026-11-25T02:30:00+00:00",
    ]


def test_a_job_may_skip_what_it_missed(hub, clock):
    hub.move(timedelta(minutes=10, seconds=5))
    assert len(ran(clock, "fussy")) == 1

    hub.move(timedelta(minutes=63))
    assert len(ran(clock, "fussy")) == 1

    hub.move(timedelta(minutes=57))
    assert len(ran(clock, "fussy")) == 2


def test_years_of_downtime_are_no_trouble(hub, clock):
    hub.move(timedelta(days=3000))

    assert len(ran(clock, "hourly")) == 1


def test_a_job_can_be_run_now(hub, clock):
    job = hub.app.registry.job("clock", "morning").item
    id = hub.app.schedule.run_now("clock", job)
    hub.settle()

    assert len(ran(clock, "morning")) == 1
    assert hub.app.inbox.get(id).state == "processed"


def test_a_job_of_another_time_is_told_that_it_is_gone(hub, clock):
    hub.app.schedule.run_now("clock", Job(name="removed", cron="* * * * *", run=list))
    hub.settle()

    assert [(event.state, event.reason) for event in hub.events] == [
        ("failed", "job 'removed' is no longer declared")
    ]


# daylight saving time


def ticks(cron, zone, start, end):
    """Return when a job ticks, in UTC, looking every 10 minutes as the schedule does every second."""
    found, seen, now = [], start, start
    while now <= end:
        tick = latest_tick(cron, seen, now, ZoneInfo(zone))
        if tick is not None:
            found.append(tick)
            seen = tick
        now += timedelta(minutes=10)
    return found


@pytest.mark.parametrize(
    ("cron", "zone", "start", "expected"),
    [
        # Berlin: 2027-03-28 02:00 becomes 03:00; the nights before and after are usual
        (
            "30 2 * * *",
            "Europe/Berlin",
            datetime(2027, 3, 27, tzinfo=UTC),
            ["27 01:30", "28 01:00", "29 00:30"],
        ),
        (
            "0 3 * * *",
            "Europe/Berlin",
            datetime(2027, 3, 27, tzinfo=UTC),
            ["27 02:00", "28 01:00", "29 01:00"],
        ),
        (
            "0 12 * * *",
            "Europe/Berlin",
            datetime(2027, 3, 27, tzinfo=UTC),
            ["27 11:00", "28 10:00", "29 10:00"],
        ),
        # Berlin: 2026-10-25 03:00 becomes 02:00 again
        (
            "30 2 * * *",
            "Europe/Berlin",
            datetime(2026, 10, 24, tzinfo=UTC),
            ["24 00:30", "25 00:30", "26 01:30"],
        ),
        (
            "0 3 * * *",
            "Europe/Berlin",
            datetime(2026, 10, 24, tzinfo=UTC),
            ["24 01:00", "25 02:00", "26 02:00"],
        ),
        # Moscow: 2011-03-27 02:00 became 03:00 for three years, 2014-10-26 02:00 became 01:00 for good
        (
            "30 2 * * *",
            "Europe/Moscow",
            datetime(2011, 3, 26, tzinfo=UTC),
            ["26 23:00", "27 22:30", "28 22:30"],
        ),
        ("30 1 * * *", "Europe/Moscow", datetime(2014, 10, 24, 22, tzinfo=UTC), ["25 21:30", "26 22:30"]),
        (
            "30 2 * * *",
            "Europe/Moscow",
            datetime(2026, 10, 24, tzinfo=UTC),
            ["24 23:30", "25 23:30", "26 23:30"],
        ),
    ],
)
def test_a_daily_job_ticks_once_a_day_when_the_clocks_change(cron, zone, start, expected):
    found = ticks(cron, zone, start, start + timedelta(days=3))

    assert [f"{tick:%d %H:%M}" for tick in found] == expected


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/Berlin", datetime(2027, 3, 27, 22, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 24, 22, tzinfo=UTC)),
        ("Europe/Moscow", datetime(2014, 10, 25, 20, tzinfo=UTC)),
    ],
)
@pytest.mark.parametrize(("cron", "each"), [("0 * * * *", 1), ("*/30 * * * *", 2)])
def test_an_hourly_job_ticks_every_hour_when_the_clocks_change(cron, each, zone, start):
    assert len(ticks(cron, zone, start, start + timedelta(hours=6))) == 6 * each


@pytest.mark.parametrize("cron", ["30 2 * * *", "0 3 * * *", "0 * * * *", "*/7 1-3 * * *"])
@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC"])
@pytest.mark.parametrize(
    "day", [datetime(2026, 10, 24, 23, tzinfo=UTC), datetime(2027, 3, 27, 23, tzinfo=UTC)], ids=str
)
def test_the_next_tick_is_always_ahead_and_is_the_one_that_comes(cron, zone, day):
    """Also for a job first seen in the hour that comes twice."""
    for minutes in range(0, 240, 20):
        start = day + timedelta(minutes=minutes)
        coming = next_tick(cron, start, ZoneInfo(zone))
        found = ticks(cron, zone, start, start + timedelta(days=2))

        assert start < coming == latest_tick(cron, start, coming, ZoneInfo(zone))
        assert all(tick > start for tick in found)


# timers


@pytest.mark.every_backend
def test_a_timer_fires_once_at_its_time(hub, clock):
    due_at = hub.clock.now() + HOUR
    clock.ctx.timers.set("later", "deal:1", due_at, {"n": 1})
    hub.move(HOUR - timedelta(seconds=1))
    assert clock.fired == []

    hub.move(timedelta(seconds=1))
    hub.move(HOUR)
    assert clock.fired == [("deal:1", {"n": 1}, due_at)]
    assert "fired deal:1" in [row.key for row in hub.deliveries]


def test_a_timer_armed_again_is_moved(hub, clock):
    clock.ctx.timers.set("later", "k", hub.clock.now() + HOUR, "first")
    clock.ctx.timers.set("later", "k", hub.clock.now() + 2 * HOUR, "second")
    hub.move(HOUR)
    assert clock.fired == []

    hub.move(HOUR)
    assert [data for _, data, _ in clock.fired] == ["second"]


def test_a_cancelled_timer_does_not_fire(hub, clock):
    clock.ctx.timers.set("later", "k", hub.clock.now() + HOUR)
    clock.ctx.timers.cancel("later", "k")
    clock.ctx.timers.cancel("later", "unknown")
    hub.move(2 * HOUR)

    assert clock.fired == []


def test_timers_of_different_keys_are_different_timers(hub, clock):
    for key in ("a", "b"):
        clock.ctx.timers.set("later", key, hub.clock.now() + HOUR)
    hub.move(HOUR)

    assert sorted(key for key, _, _ in clock.fired) == ["a", "b"]


def test_a_timer_may_be_armed_for_the_same_moment_again(hub, clock):
    past = hub.clock.now() - HOUR
    for _ in range(2):
        clock.ctx.timers.set("later", "k", past)
        hub.settle()

    assert len(clock.fired) == 2


def test_a_handler_may_arm_its_timer_again(hub, clock):
    clock.on_fire = lambda fired: clock.ctx.timers.set("later", "k", hub.clock.now() + HOUR)
    clock.ctx.timers.set("later", "k", hub.clock.now() + HOUR)
    for _ in range(3):
        hub.move(HOUR)

    assert len(clock.fired) == 3


def test_a_handler_that_fails_runs_again_and_leaves_nothing(hub, clock):
    errors = [RetryLater("busy", after=timedelta(minutes=1))]

    def fail_once(fired):
        clock.ctx.timers.set("later", "other", hub.clock.now() + timedelta(seconds=1))
        if errors:
            clock.ctx.timers.set("later", "wrong", hub.clock.now())
            raise errors.pop()

    clock.on_fire = fail_once
    clock.ctx.timers.set("later", "k", hub.clock.now())
    hub.settle()
    hub.move(timedelta(minutes=1))
    clock.on_fire = lambda fired: None
    hub.move(timedelta(minutes=1))

    assert [key for key, _, _ in clock.fired] == ["k", "k", "other"]


def test_a_handler_may_give_up(hub, clock):
    def fail(fired):
        raise PermanentFailure("the deal is gone")

    clock.on_fire = fail
    clock.ctx.timers.set("later", "k", hub.clock.now())
    hub.settle()

    assert [(event.state, event.reason) for event in hub.events] == [("failed", "the deal is gone")]


def test_a_timer_that_is_no_longer_declared_ends_with_a_reason(hub, clock):
    clock.ctx.timers.set("removed", "k", hub.clock.now())
    hub.settle()

    assert [event.reason for event in hub.events] == ["timer 'removed' is no longer declared"]


@pytest.mark.every_backend
def test_timers_and_the_schedule_survive_a_restart(run_hub, tmp_path):
    plugins = [InstalledPlugin("clock", ClockPlugin)]
    moved = MovedClock()
    with run_hub(plugins=plugins, folder=tmp_path, clock=moved) as hub:
        hub.settle()
        hub.app.registry.instance("clock").plugin.ctx.timers.set("later", "k", hub.clock.now() + HOUR)
    moved.move(3 * HOUR)
    with run_hub(plugins=plugins, folder=tmp_path, clock=moved) as hub:
        hub.settle()
        plugin = hub.app.registry.instance("clock").plugin

        assert [key for key, _, _ in plugin.fired] == ["k"]
        assert [name for name, _ in plugin.ran] == ["hourly"]
