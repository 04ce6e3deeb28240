"""``hub oncall show``, and what ``hub config check`` says of schedules."""

import json

import pytest

SCHEDULE = """\
[oncall.infra]
timezone = "Europe/Berlin"
layers = [{ users = ["user:5", "user:7"], rotation = "1w", start = "2026-01-05T09:00:00" }]
overrides = [{ user = "user:9", from = "2026-12-31T00:00:00", to = "2027-01-02T00:00:00" }]

[oncall.office]
layers = [{ users = ["user:5"], rotation = "1w", start = "2026-01-05T00:00:00", only = "mon-fri 09:00-18:00" }]
"""


@pytest.mark.parametrize(
    ("at", "user", "until"),
    [
        ("2026-01-12T07:59:59+00:00", "user:5", "2026-01-12T08:00:00+00:00"),
        ("2026-01-12T08:00:00+00:00", "user:7", "2026-01-19T08:00:00+00:00"),
        ("2026-03-30T06:59:59", "user:7", "2026-03-30T07:00:00+00:00"),
        ("2026-12-31T12:00", "user:9", "2027-01-01T23:00:00+00:00"),
    ],
)
def test_who_is_on_call_is_shown_for_any_moment(hub_json, config, at, user, until):
    config(SCHEDULE)

    (row,) = hub_json("oncall", "show", "infra", "--at", at)

    assert (row["schedule"], row["user"], row["until"]) == ("infra", user, until)


def test_all_schedules_are_shown_and_nobody_is_no(hub, config):
    config(SCHEDULE)

    shown = hub("oncall", "show", "--at", "2026-01-10T12:00")
    assert shown.exit_code == 0
    assert "infra" in shown.stdout
    assert "nobody" in shown.stdout
    assert hub("oncall", "show", "office", "--at", "2026-01-10T12:00").exit_code == 1
    assert hub("oncall", "show", "office", "--at", "noon").exit_code == 2
    unknown = hub("oncall", "show", "other")
    assert unknown.exit_code != 0
    assert "infra, office" in unknown.stderr


@pytest.mark.parametrize(
    ("tables", "problem"),
    [
        pytest.param(
            "layers = [{ users = ['user:5'], rotation = '1d', start = '2026-01-05T00:00:00' },"
            " { users = ['user:7'], rotation = '1d', start = '2026-01-01T00:00:00' }]",
            "oncall.x.layers[0]: nobody of it is ever on call",
            id="a-layer-that-never-wins",
        ),
        pytest.param(
            "layers = [{ users = ['user:5'], rotation = '1d', start = '2026-01-05T00:00:00' }]\n"
            "overrides = [{ user = 'user:7', from = '2026-02-01T00:00:00', to = '2026-02-03T00:00:00' },"
            " { user = 'user:9', from = '2026-02-02T00:00:00', to = '2026-02-04T00:00:00' }]",
            "oncall.x.overrides[1]: overlaps overrides[0]",
            id="two-for-one-time",
        ),
        pytest.param(
            "layers = [{ users = ['user:5'], rotation = '1d', start = '2026-01-05T00:00:00' }]\n"
            "escalation = [{ after = '15m', to = ['oncall:y'] }, { after = '10m', to = ['user:7'] }]",
            "oncall.x.escalation[1].after: must be later",
            id="levels-out-of-order",
        ),
        pytest.param(
            "layers = [{ users = ['user:5'], rotation = '1d', start = '2026-01-05T00:00:00' }]\n"
            "escalation = [{ after = '15m', to = ['oncall:y'] }]",
            "there is no schedule 'y'",
            id="no-such-schedule",
        ),
        pytest.param(
            "layers = [{ users = ['department:5'], rotation = '1d', start = '2026-01-05T00:00:00' }]",
            "oncall.x.layers[0].users[0]: is no person",
            id="no-person",
        ),
        pytest.param(
            "layers = [{ users = ['user:5'], rotation = '10m', start = '2026-01-05T00:00:00' }]",
            "oncall.x.layers[0].rotation",
            id="turns-of-minutes",
        ),
    ],
)
def test_schedules_that_contradict_themselves_are_told(hub, config, tables, problem):
    config(f"[oncall.x]\n{tables}\n")

    checked = hub("config", "check", "--json")

    assert checked.exit_code == 2
    assert any(problem in each for each in json.loads(checked.stdout)["problems"])


def test_schedules_that_fit_are_fine(hub, config):
    config(SCHEDULE)

    assert hub("config", "check").exit_code == 0
