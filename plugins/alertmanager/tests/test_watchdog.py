"""The alert that always fires, and what its absence means."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.plugin import Mode, Severity

MINUTE = timedelta(minutes=1)


@pytest.fixture
def watched(make_sender):
    sender = make_sender(watchdog_within="10m", to=["user:17"])
    sender.plugin.startup()
    return sender


def fire(sender):
    """Fire the timers that are due and return what they tell."""
    (timer,) = sender.plugin.timers()
    return [told for fired in sender.ctx.timers.due() for told in timer.handler(fired)]


def test_a_watchdog_that_stays_away_is_told_once_and_recovers_by_itself(watched):
    assert watched.accept("watchdog.json").items
    assert watched.told("watchdog.json") == []
    watched.ctx.clock.move(10 * MINUTE - timedelta(seconds=1))
    assert fire(watched) == []

    watched.ctx.clock.move(timedelta(seconds=1))
    (problem,) = fire(watched)
    assert (problem.severity, problem.to) == (Severity.CRITICAL, ("user:17",))
    watched.ctx.clock.move(60 * MINUTE)
    assert fire(watched) == []

    recovery = watched.send("watchdog.json")
    assert (recovery.mode, recovery.severity, recovery.thread) == (Mode.UPDATE, Severity.INFO, problem.thread)


def test_beside_a_problem_it_counts_as_well(watched):
    for _ in range(5):
        watched.told("watchdog-beside-a-problem.json")
        watched.ctx.clock.move(8 * MINUTE)
        assert fire(watched) == []


def test_one_that_never_came_is_told(watched):
    watched.ctx.clock.move(10 * MINUTE)

    assert len(fire(watched)) == 1


def test_without_the_setting_nothing_is_watched(sender):
    sender.plugin.startup()
    sender.told("watchdog-beside-a-problem.json")

    assert list(sender.plugin.timers()) == []
    assert sender.ctx.timers.armed == {}
