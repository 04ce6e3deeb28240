"""Values of the history in every form, working hours and days, comments as plain text, settings."""

from datetime import UTC, datetime, time, timedelta, timezone

import pytest
from pydantic import ValidationError

from hub_plugin_tasks.history import Kind, changes, read_entries
from hub_plugin_tasks.hours import Hours
from hub_plugin_tasks.quoting import fragment
from hub_plugin_tasks.settings import TasksSettings

MOSCOW = timezone(timedelta(hours=3))
MOMENT = datetime(2025, 12, 31, 16, tzinfo=UTC)


def row(id, field, before, after, user=31):
    return {
        "id": id,
        "createdDate": "2026-01-01T12:30:00+03:00",
        "field": field,
        "value": {"from": before, "to": after},
        "user": {"id": user},
    }


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1767196800", MOMENT),
        (1767196800, MOMENT),
        ("2025-12-31T19:00:00+03:00", MOMENT),
        (None, None),
        ("", None),
        ("0", None),
        ("31.12.2025 19:00:00", "31.12.2025 19:00:00"),
        ("2025-12-31T19:00:00", "2025-12-31T19:00:00"),
        ("9" * 30, "9" * 30),
    ],
)
def test_a_deadline_is_read_in_every_form(written, read):
    (change,) = changes(read_entries([row(1, "DEADLINE", "1", written)]))
    assert change.after == read


def test_two_forms_of_one_moment_are_no_change():
    entries = read_entries([row(1, "DEADLINE", "1767196800", "2025-12-31T19:00:00+03:00")])
    assert changes(entries) == []


@pytest.mark.parametrize("status", ["-1", -2, None, "", "soon", "7", 0, []])
def test_a_status_that_is_none_is_left_out(status):
    assert changes(read_entries([row(1, "STATUS", "2", status)])) == []


@pytest.mark.parametrize("people", ["27,33", ["33", 27], {"0": "27", "1": "33"}, "33, 27,"])
def test_people_are_read_in_every_form(people):
    (change,) = changes(read_entries([row(1, "AUDITORS", None, people)]))
    assert change.after == ("27", "33")


def test_rows_are_put_in_order_and_nonsense_is_left_out():
    rows = [
        row(3, "REAL_STATUS", "3", "5", user="27"),
        row(2, "STATUS", 2, 3),
        {"id": "x", "field": "STATUS"},
        {"id": 9, "field": "STATUS", "value": [], "user": None},
        row(4, "CHECKLIST_ITEM_CREATE", None, "Buy"),
    ]
    (change,) = changes(read_entries(rows))
    assert (change.kind, change.before, change.after, change.actor) == (Kind.STATUS, 2, 5, "27")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[QUOTE]old [B]x[/B][/QUOTE]\nnew [URL=https://a.example]link[/URL]", "new link"),
        (f"{'-' * 54}\nAnna [today, 12:00]\nold\n{'-' * 54}\nnew", "new"),
        (">>old\nnew", "new"),
        ("[quote]never closed", ""),
        ("[USER=27]Vera[/USER], [b]look[/b] at a[0] < b[1]", "Vera, look at a[0] < b[1]"),
        ("x" * 400, "x" * 299 + "…"),
    ],
)
def test_quotes_are_cut_from_comments(text, shown):
    assert fragment(text) == shown


FRIDAY = datetime(2026, 11, 27, 12, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("deadline", "days", "workdays"),
    [
        (FRIDAY, 3, 1),  # until Monday
        (FRIDAY - timedelta(days=7), 10, 6),
        (FRIDAY + timedelta(days=2, hours=22), 1, 1),
    ],
)
def test_days_overdue_are_counted_with_and_without_weekends(deadline, days, workdays):
    now = FRIDAY + timedelta(days=3, hours=1)
    assert Hours(None, workdays=False).days_overdue(deadline, now, MOSCOW) == days
    assert Hours(None, workdays=True).days_overdue(deadline, now, MOSCOW) == workdays


def test_postponing_goes_to_the_next_day_to_come():
    after = timedelta(minutes=1)
    assert Hours(None, workdays=False).postponed(FRIDAY, FRIDAY - after, MOSCOW).day == 28
    assert Hours(None, workdays=False).postponed(FRIDAY, FRIDAY + timedelta(days=5) + after, MOSCOW).day == 3
    assert Hours(None, workdays=True).postponed(FRIDAY, FRIDAY + after, MOSCOW).day == 30


def test_working_hours_end_and_weekends_are_free():
    hours = Hours((time(9), time(18)), workdays=True)
    assert hours.are_on(FRIDAY, MOSCOW)
    assert not hours.are_on(FRIDAY, timezone(timedelta(hours=10)))
    assert not hours.are_on(FRIDAY + timedelta(days=1), MOSCOW)
    assert Hours((time(9), time(18)), workdays=False).are_on(FRIDAY + timedelta(days=1), MOSCOW)


@pytest.mark.parametrize(
    "settings",
    [{"working_hours": "18:00-09:00"}, {"working_hours": "9-18"}, {"changes": ["title"]}, {"settle": "0s"}],
)
def test_settings_that_cannot_be_meant_are_refused(settings):
    with pytest.raises(ValidationError):
        TasksSettings.model_validate(settings)
