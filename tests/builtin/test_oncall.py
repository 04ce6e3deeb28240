"""Whom ``oncall:`` means, hand-overs, and ``/oncall``."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from echo import TOKEN

from hub.sandbox import Sandbox
from hub.testing.clock import START

HOUR = timedelta(hours=1)
#: Sunday before: 27 until Monday, 09:00 in Berlin.
LAYER = {"users": ["user:25", "user:27"], "rotation": "1w", "start": "2026-01-05T09:00:00"}
SETTINGS = {
    "oncall": {
        "infra": {"timezone": "Europe/Berlin", "layers": [LAYER]},
        "sales": {"layers": [{**LAYER, "users": ["user:33", "user:37"]}]},
        "nights": {"layers": [{**LAYER, "only": "mon-fri 00:00-06:00"}]},
    }
}


@pytest.fixture(scope="module")
def lasting_settings():
    return SETTINGS


@pytest.fixture
def hub(lasting_hub):
    lasting_hub.app.registry.instance("oncall").plugin.startup()
    lasting_hub.settle()
    return lasting_hub


@pytest.fixture
def told(hub):
    """Tell something to an address and return who got it and why."""

    def told(address):
        key = f"{address} {len(hub.events)}"
        hub.receive("echo", {"key": key, "to": [address]}, headers=TOKEN)
        return [(row.dialog, row.recipient) for row in hub.deliveries if row.key == key]

    return told


@pytest.fixture
def say(hub):
    def say(text, user=27):
        known = {message.id for message in hub.bitrix24.messages()}
        hub.say(user, text)
        return "\n".join(m.text for m in hub.shown(str(user)) if m.id not in known and m.text != text)

    return say


def test_an_address_means_who_is_on_call(hub, told):
    assert told("oncall:infra") == [("27", "on call for infra")]
    hub.clock.move_to(datetime.fromisoformat("2026-11-23T09:00:00+01:00"))
    assert told("oncall:infra") == [("25", "on call for infra")]


def test_whoever_is_absent_is_passed_over_with_a_note(hub, told):
    hub.bitrix24.change_person(37, absent_until=START + 48 * HOUR)
    roster = hub.app.rosters.roster("sales", hub.clock.now())
    assert roster.at(hub.clock.now()) == ("user:37", "user:33")

    ((dialog, reason),) = told("oncall:sales")

    assert dialog == "33"
    assert reason.startswith("on call for sales, instead of ")
    assert reason.endswith(", who is absent")


def test_nobody_on_call_means_the_fallback(told):
    ((dialog, reason),) = told("oncall:nights")

    assert dialog == "1"
    assert "there is nobody active behind it" in reason


def test_an_unknown_schedule_means_the_fallback_with_the_names_there_are(told):
    ((_, reason),) = told("oncall:infar")

    assert "infra, nights, sales" in reason


def test_who_comes_on_call_is_told_until_when_once(hub):
    hub.move(22 * HOUR - timedelta(minutes=6))
    assert hub.shown("25") == []

    hub.move(timedelta(minutes=1))
    hub.app.registry.instance("oncall").plugin.startup()
    hub.settle()

    (message,) = hub.shown("25")
    assert "You are on call for infra until" in message.text
    assert "30" in message.text  # a week later


def test_everybody_sees_who_is_on_call(say):
    answer = say("/oncall", user=33)

    assert "infra: " in answer
    assert "nights: nobody is on call" in answer


def test_a_colleague_takes_over_for_a_while(hub, told, say):
    answer = say("/oncall take 2h infra", user=25)

    assert "is on call until" in answer
    assert [dialog for dialog, _ in told("oncall:infra")] == ["25"]
    assert any("You are on call for infra" in message.text for message in hub.shown("25"))
    hub.move(2 * HOUR)
    assert [dialog for dialog, _ in told("oncall:infra")] == ["27"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("take 2h", "name the schedule"),
        ("take 2h nowhere", "name the schedule"),
        ("take soon infra", "write how long"),
        ("take 40d infra", "at most 30 days"),
        ("take 2h sales", "only people of the schedule"),
        ("leave", "write /oncall"),
    ],
)
def test_anything_else_is_refused_with_what_to_write(say, told, typed, said):
    assert said in say(f"/oncall {typed}")
    assert [dialog for dialog, _ in told("oncall:infra")] == ["27"]


def test_what_was_taken_is_known_after_a_restart(run_hub, tmp_path):
    with Sandbox.running() as portal:
        with run_hub(SETTINGS, folder=tmp_path, plugins=[], sandbox=portal) as hub:
            hub.say(25, "/oncall take 2h infra")
        with run_hub(SETTINGS, folder=tmp_path, plugins=[], sandbox=portal) as hub:
            assert hub.app.rosters.on_duty("infra", START).user == "user:25"
