"""What opens and recovers again and again becomes one quiet card."""

from __future__ import annotations

import json
from datetime import timedelta

MINUTE = timedelta(minutes=1)


def flap(hub, problem, recovery, times):
    """Let it open and recover, a change a minute."""
    for number in range(times):
        step = recovery if number % 2 else problem
        step(f"change-{number}", severity="info" if number % 2 else "error", to=["user:27"])
        hub.move(MINUTE)


def states(hub):
    return [row.reason[:8] for row in hub.notifications if row.instance == "echo"]


def test_above_the_limit_the_card_says_so_once_and_is_quiet(hub, problem, recovery):
    flap(hub, problem, recovery, 8)

    assert states(hub) == [""] * 5 + ["flapping"] * 3
    (card,) = hub.shown("27")
    assert "5 changes within" in json.dumps(card.attach)


def test_when_it_calms_down_the_card_says_how_things_are(hub, problem, recovery):
    flap(hub, problem, recovery, 8)
    before = len(hub.deliveries)

    hub.move(8 * MINUTE)
    assert len(hub.deliveries) == before
    hub.move(MINUTE)

    (card,) = hub.shown("27")
    assert "change-7" in card.text
    assert "Flapping" not in json.dumps(card.attach)
    problem("later", to=["user:27"], title="Later", severity="error")
    assert "Later" in hub.shown("27")[-1].text


def test_changes_that_are_long_apart_are_no_flapping(hub, problem, recovery):
    for number in range(8):
        (recovery if number % 2 else problem)(f"change-{number}", to=["user:27"])
        hub.move(3 * MINUTE)

    assert set(states(hub)) == {""}


def test_what_gets_worse_without_recovering_does_not_flap(hub, problem):
    for number in range(8):
        problem(f"worse-{number}", to=["user:27"])

    assert set(states(hub)) == {""}


def test_an_update_that_says_the_problem_is_open_is_no_recovery(hub, problem, recovery):
    for number in range(8):
        step = recovery if number % 2 else problem
        step(f"news-{number}", to=["user:27"], severity="info", problem="open")

    assert set(states(hub)) == {""}


def test_a_recovery_that_is_worse_than_info_is_one(hub, problem, recovery):
    for number in range(8):
        step = recovery if number % 2 else problem
        step(f"change-{number}", to=["user:27"], severity="warning", problem="over" if number % 2 else "open")

    assert states(hub) == [""] * 5 + ["flapping"] * 3


def test_an_escalation_goes_on_while_it_flaps_and_ends_when_it_calms_down_well(hub, problem, recovery):
    for number in range(6):
        (recovery if number % 2 else problem)(f"change-{number}")
    before = {row.dialog for row in hub.deliveries if row.instance == "echo"}

    hub.move(timedelta(hours=1))

    assert before == {row.dialog for row in hub.deliveries if row.instance == "echo"} == {"27"}
    assert hub.shown("27")[-1].buttons == []
