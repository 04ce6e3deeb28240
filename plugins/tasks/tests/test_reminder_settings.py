"""Settings of when and how often is told: each changes what people see."""

from datetime import timedelta

import pytest

PAVEL, VERA = 31, 27
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)

pytestmark = pytest.mark.usefixtures("monday")


@pytest.fixture(scope="module")
def tasks_settings():
    return {
        "settle": "5m",
        "overdue_cron": "0 * * * *",
        "overdue_repeat": "6h",
        "due_soon": "3h",
        "workdays": True,
        "working_hours": "",
        "digest_from": 2,
    }


def add(tasks, title="Contract", *, late=2 * HOUR):
    deadline = (tasks.hub.clock.now() - late).isoformat()
    people = {"CREATED_BY": VERA, "RESPONSIBLE_ID": VERA}
    return tasks.portal.add("task", by=VERA, TITLE=title, DEADLINE=deadline, **people)


def reminders(tasks):
    return [row for row in tasks.hub.notifications if row.kind in ("tasks.overdue", "tasks.due_soon")]


def test_an_overdue_task_is_told_again_as_often_as_is_said_also_at_night(tasks):
    add(tasks)
    told = []
    for _ in range(24):
        tasks.hub.move(HOUR)
        told.append(len(reminders(tasks)))

    assert told == [1] * 6 + [2] * 6 + [3] * 6 + [4] * 6


def test_a_digest_begins_with_as_many_tasks_as_is_said(tasks):
    add(tasks)
    add(tasks, "Invoice")
    tasks.hub.move(HOUR)

    assert tasks.read(VERA)[0] == "[b]2 overdue tasks[/b]"


def test_a_deadline_is_reminded_of_as_long_before_as_is_said(tasks):
    add(tasks, late=-5 * HOUR)
    tasks.hub.move(HOUR)
    assert reminders(tasks) == []
    tasks.hub.move(2 * HOUR)

    assert tasks.read(VERA)[0] == "[b]Due soon: Contract[/b]"


def test_weekends_do_not_count(tasks):
    add(tasks, late=3 * DAY)  # since Friday
    tasks.hub.move(HOUR)

    assert tasks.read(VERA)[0] == "[b]Overdue for 1 day: Contract[/b]"


def test_nobody_is_reminded_at_a_weekend(tasks, monday):
    tasks.hub.clock.move_to(monday + 5 * DAY)
    tasks.hub.settle()
    add(tasks)
    tasks.hub.move(HOUR)
    assert reminders(tasks) == []
    tasks.hub.move(2 * DAY)

    assert len(reminders(tasks)) == 1


def test_changes_wait_for_each_other_as_long_as_is_said(tasks):
    task = tasks.add(by=PAVEL, TITLE="Contract", CREATED_BY=PAVEL, RESPONSIBLE_ID=VERA)
    tasks.pass_time(10 * MINUTE)
    before = tasks.got(VERA)
    tasks.change(task, by=PAVEL, DEADLINE="2026-12-24T12:00:00+03:00")
    tasks.pass_time(2 * MINUTE)
    tasks.change(task, by=PAVEL, DEADLINE="2026-12-25T12:00:00+03:00")
    tasks.pass_time(2 * MINUTE)
    assert tasks.got(VERA) == before
    tasks.pass_time(10 * MINUTE)

    assert tasks.got(VERA) == before + 1
    assert any("25 Dec 2026" in line for line in tasks.read(VERA))
