"""Housekeeping: what is over is forgotten, what is left behind is found."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hub.storage.tables import EarlyUpdate, Stored


def count(hub, table):
    with hub.app.database.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_store_entries_are_forgotten_when_their_time_is_over(hub, echo):
    echo.ctx.store.set("short", 1, ttl=timedelta(minutes=1))
    echo.ctx.store.set("long", 2, ttl=timedelta(hours=1))
    echo.ctx.store.set("for ever", 3)
    hub.move(timedelta(minutes=1))
    assert echo.ctx.store.get("short") is None

    hub.app.housekeeping.clean_up()
    assert count(hub, Stored) == 2


def test_early_updates_are_forgotten_after_ten_minutes(hub, tell):
    tell("a", thread="t", mode="update")
    hub.app.housekeeping.clean_up()
    assert count(hub, EarlyUpdate) == 1

    hub.move(timedelta(minutes=10))
    hub.app.housekeeping.clean_up()
    assert count(hub, EarlyUpdate) == 0


@pytest.mark.every_backend
def test_a_claim_that_nobody_renews_is_taken_up_by_somebody_else(hub, tell):
    with hub.app.claims.token() as token:
        hub.app.process._stopping = True
        tell("a")
        (claimed,) = hub.app.inbox.claim("echo", token, 10)
        hub.app.process._stopping = False
        hub.settle()
        assert hub.shown("1") == []

        hub.move(timedelta(seconds=3))
        hub.app.claims.renew()
        hub.move(timedelta(seconds=3))
        assert hub.shown("1") == []

    hub.move(timedelta(seconds=5))
    assert len(hub.shown("1")) == 1
    assert hub.app.inbox.get(claimed.id).attempts == 2


@pytest.mark.parametrize("hook", ["parse", "notify"])
def test_calls_are_counted_for_everybody_to_see(hub, tell, hook):
    tell("a")
    tell("b")

    counted = {each.hook: each for each in hub.app.plugin_stats.counters("echo")}
    assert (counted[hook].calls, counted[hook].failures, counted["verify"].calls) == (2, 0, 2)
