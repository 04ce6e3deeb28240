"""What is critical and nobody acknowledges is told to others, level by level."""

from __future__ import annotations

import json
from datetime import timedelta
from threading import Thread

import pytest
from echo import TOKEN, EchoPlugin
from pipeline.treat.conftest import SETTINGS

from hub.sandbox import Sandbox
from hub.testing import InstalledPlugin
from hub.testing.clock import MovedClock

MINUTE = timedelta(minutes=1)


def told(hub):
    """Return who was told anew, in order."""
    return [row.dialog for row in hub.deliveries if row.mode == "open" and row.instance == "echo"]


def card(hub, dialog):
    return hub.shown(dialog)[-1]


def test_each_level_is_told_when_its_time_comes_and_the_cards_say_so(hub, problem):
    problem()
    first = told(hub)
    hub.move(15 * MINUTE - timedelta(seconds=1))
    assert told(hub) == first == ["27"]

    hub.move(timedelta(seconds=2))
    (_, second) = told(hub)
    hub.move(15 * MINUTE)

    assert second not in ("27", "33")
    assert told(hub) == ["27", second, "33"]
    for dialog in told(hub):
        assert "Told" in json.dumps(card(hub, dialog).attach)
        assert card(hub, dialog).buttons == ["Acknowledge"]
    assert len(hub.shown("27")) == 1
    hub.move(timedelta(days=1))
    assert told(hub) == ["27", second, "33"]


def test_whoever_acknowledges_stops_it_and_every_card_says_who(hub, problem):
    problem()
    hub.move(15 * MINUTE)
    head = told(hub)[-1]

    hub.click(int(head), card(hub, head), "Acknowledge")
    hub.move(timedelta(hours=1))

    assert told(hub) == ["27", head]
    for dialog in ("27", head):
        assert card(hub, dialog).buttons == []
        assert "Acknowledged" in json.dumps(card(hub, dialog).attach)


def test_news_of_an_acknowledged_problem_keep_who_is_at_it_and_tell_nobody_else(hub, problem):
    problem()
    hub.click(27, card(hub, "27"), "Acknowledge")

    problem("disk-worse", title="Disk is full")
    hub.move(timedelta(hours=1))

    assert set(told(hub)) == {"27"}
    assert "Acknowledged" in json.dumps(card(hub, "27").attach)
    assert card(hub, "27").buttons == []


def test_a_recovery_stops_it_and_the_next_problem_begins_anew(hub, problem, recovery):
    problem()
    hub.move(10 * MINUTE)
    recovery()
    hub.move(timedelta(hours=1))
    assert told(hub) == ["27"]
    assert card(hub, "27").buttons == []

    problem("disk-again")
    hub.move(15 * MINUTE)

    assert told(hub)[:2] == ["27", "27"]
    assert len(told(hub)) == 3


def test_after_an_acknowledged_problem_is_over_the_next_one_begins_anew(hub, problem, recovery):
    problem()
    hub.click(27, card(hub, "27"), "Acknowledge")
    recovery()
    assert "Acknowledged" in json.dumps(card(hub, "27").attach)

    problem("disk-again")
    assert "Acknowledged" not in json.dumps(card(hub, "27").attach)
    hub.move(15 * MINUTE)

    assert len(told(hub)) == 3


@pytest.mark.parametrize(
    "end",
    [
        pytest.param({"severity": "critical", "problem": "over"}, id="over"),
        pytest.param({"severity": "warning", "problem": "open"}, id="no-longer-critical"),
        pytest.param({"severity": "info"}, id="info"),
    ],
)
def test_what_ends_a_problem_ends_its_escalation(hub, problem, recovery, end):
    problem()
    recovery(**end)
    hub.move(timedelta(hours=1))

    assert told(hub) == ["27"]
    assert card(hub, "27").buttons == []


def test_news_that_are_still_critical_end_nothing(hub, problem, recovery):
    problem()
    recovery("looking", severity="critical", problem="open")
    hub.move(15 * MINUTE)

    assert len(told(hub)) == 2
    assert card(hub, "27").buttons == ["Acknowledge"]


def test_what_is_acknowledged_where_it_comes_from_goes_to_nobody_else(hub, problem, recovery):
    problem()
    recovery("taken", severity="critical", problem="acknowledged", fields=[{"name": "By", "value": "Ann"}])
    hub.move(timedelta(hours=1))

    assert told(hub) == ["27"]
    assert card(hub, "27").buttons == []
    assert "Ann" in json.dumps(card(hub, "27").attach)


def test_what_comes_acknowledged_goes_to_nobody_else(hub, problem):
    problem(problem="acknowledged")
    hub.move(timedelta(hours=1))

    assert told(hub) == ["27"]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"severity": "error"}, id="not-critical"),
        pytest.param({"to": ["user:27"]}, id="not-told-to-a-schedule"),
    ],
)
def test_other_things_go_to_nobody_else(hub, problem, fields):
    problem(**fields)
    hub.move(timedelta(hours=1))

    assert told(hub) == ["27"]
    assert card(hub, "27").buttons == []


@pytest.mark.every_backend
def test_each_level_is_told_once_though_two_workers_look(hub, problem):
    problem()
    hub.clock.move(15 * MINUTE)

    both = [Thread(target=hub.app.schedule.tick) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    hub.settle()

    assert len(told(hub)) == 2
    assert sum(row.kind == "timer" and row.instance == "hub" for row in hub.events) == 1


def test_it_goes_on_after_a_restart(run_hub, tmp_path):
    moved = MovedClock()
    run = {"plugins": [InstalledPlugin("echo", EchoPlugin)], "folder": tmp_path, "clock": moved}
    problem = {"key": "disk", "thread": "disk", "severity": "critical", "to": ["oncall:infra"]}
    with Sandbox.running() as portal:
        with run_hub(SETTINGS, sandbox=portal, **run) as hub:
            hub.receive("echo", problem, headers=TOKEN)
            hub.move(15 * MINUTE)
            assert len(told(hub)) == 2
        moved.move(20 * MINUTE)
        with run_hub(SETTINGS, sandbox=portal, **run) as hub:
            hub.settle()
            assert told(hub)[-1] == "33"
            hub.move(timedelta(days=1))
            assert len(told(hub)) == 3
