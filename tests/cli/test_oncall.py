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
    for at in ("noon", "0001-01-01", "9999-12-31T23:00"):
        assert hub("oncall", "show", "office", "--at", at).exit_code == 2
    unknown = hub("oncall", "show", "other")
    assert unknown.exit_code != 0
    assert "infra, office" in unknown.stderr


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        pytest.param(
            ("user:7", "department:7"), "oncall.infra.layers[0].users[1]: is no person", id="conflict"
        ),
        pytest.param(
            ('"1w"', '"10m"'), "oncall.infra.layers[0].rotation: is too short a turn", id="rotation"
        ),
    ],
)
def test_what_is_wrong_with_a_schedule_is_told_by_the_check(hub, config, changed, problem):
    config(SCHEDULE.replace(*changed))

    checked = hub("config", "check", "--json")

    assert checked.exit_code == 2
    assert any(each.startswith(problem) for each in json.loads(checked.stdout)["problems"])


def test_schedules_that_fit_are_fine(hub, config):
    config(SCHEDULE)

    assert hub("config", "check").exit_code == 0


CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:test
BEGIN:VEVENT
UID:1
DTSTART:20260101T000000Z
DTEND:20260102T000000Z
RRULE:FREQ=DAILY
SUMMARY:user:7
END:VEVENT
END:VCALENDAR
"""


def test_a_calendar_that_cannot_be_read_is_told_and_hides_no_other_schedule(hub, hub_json, config, folder):
    config(f"{SCHEDULE}[oncall.night]\nical = '{folder / 'secret-name.ics'}'\n")
    trouble = "night: the calendar cannot be fetched: No such file or directory"

    shown = hub("oncall", "show", "--at", "2026-01-12T12:00")
    examined = {each["check"]: (each["status"], each["message"]) for each in hub_json("doctor")}

    assert "user:7" in shown.stdout
    assert shown.stderr.splitlines() == [trouble]
    assert hub("oncall", "show", "night").exit_code == 1
    assert examined["plugin oncall: calendars"] == ("warn", trouble)
    (folder / "secret-name.ics").write_text(CALENDAR)
    assert hub_json("oncall", "show", "night")[0]["user"] == "user:7"
    assert {each["check"]: each["status"] for each in hub_json("doctor")}["plugin oncall: calendars"] == "ok"
