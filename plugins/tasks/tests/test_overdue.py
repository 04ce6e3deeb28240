"""Overdue tasks and those that are due soon: who is told, when, and how often."""

from collections import Counter
from datetime import timedelta

import pytest

ANNA, PAVEL, VERA, EMMA = 1, 31, 27, 33
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
EVERY = 3 * HOUR

pytestmark = pytest.mark.usefixtures("monday")


@pytest.fixture(scope="module")
def tasks_settings():
    return {"changes": [], "due_soon": "24h", "overdue_cron": "0 */3 * * *"}


def add(tasks, title="Contract", *, creator=PAVEL, responsible=VERA, late=2 * DAY, **fields):
    deadline = (tasks.hub.clock.now() - late).isoformat()
    people = {"CREATED_BY": creator, "RESPONSIBLE_ID": responsible}
    return tasks.portal.add("task", by=ANNA, TITLE=title, DEADLINE=deadline, **people, **fields)


def reminders(tasks):
    """Return the reminders of deadlines, oldest first."""
    return [row for row in tasks.hub.notifications if row.kind in ("tasks.overdue", "tasks.due_soon")]


def test_an_overdue_task_is_told_to_executor_and_creator(tasks):
    add(tasks)
    tasks.hub.move(EVERY)

    for person in (VERA, PAVEL):
        title, deadline, days, *_ = tasks.read(person)
        assert title == "[b]Overdue for 2 days: Contract[/b]"
        assert deadline.startswith("Deadline: 21 Nov 2026")
        assert days == "Overdue: 2 days"
    assert tasks.card(VERA).buttons == ["Open", "Start", "Complete", "Postpone 1 day"]


def test_one_who_gave_the_task_to_themselves_is_told_once(tasks):
    add(tasks, creator=VERA)
    tasks.hub.move(EVERY)

    assert [row.content["to"] for row in reminders(tasks)] == [["user:27"]]


@pytest.mark.parametrize("status", [4, 5, 6])
def test_what_nobody_has_to_work_on_reminds_nobody(tasks, status):
    add(tasks, STATUS=status)
    tasks.hub.move(EVERY)

    assert reminders(tasks) == []


def test_many_tasks_are_a_digest_whose_numbers_show_them(tasks):
    for number in range(25):
        add(tasks, f"Task {number}", late=(number + 1) * DAY)
    tasks.hub.move(EVERY)

    words = tasks.read(VERA)
    assert words[0] == "[b]25 overdue tasks[/b]"
    assert words[1].startswith("1.: ") and "Task 19" in words[1] and words[1].endswith("20 days")
    assert words[-1] == "Others: and 5 more"
    assert "Вера Соколова" in tasks.read(PAVEL)[1]

    tasks.hub.click(VERA, tasks.card(VERA), "2")
    assert tasks.read(VERA)[0] == "[b]Overdue for 19 days: Task 18[/b]"
    tasks.hub.click(VERA, tasks.card(VERA), "Complete")
    assert tasks.read(VERA)[0] == "[b]Completed: Task 18[/b]"


def test_what_is_due_soon_reminds_the_executor_once(tasks):
    add(tasks, late=-20 * HOUR)
    add(tasks, "Later", late=-40 * HOUR)
    tasks.hub.move(EVERY)
    tasks.hub.move(EVERY)

    assert [row.content["to"] for row in reminders(tasks)] == [["user:27"]]
    assert tasks.read(VERA)[0] == "[b]Due soon: Contract[/b]"


def test_a_new_deadline_is_told_anew(tasks):
    task = add(tasks)
    tasks.hub.move(EVERY)
    tasks.portal.change("task", task, DEADLINE=(tasks.hub.clock.now() + HOUR).isoformat())
    tasks.hub.move(EVERY)

    assert Counter(row.kind for row in reminders(tasks)) == {"tasks.overdue": 4}


def test_nobody_is_reminded_at_night(tasks, monday):
    tasks.hub.clock.move_to(monday + timedelta(hours=12))
    tasks.hub.settle()
    add(tasks)
    tasks.hub.move(EVERY)
    assert reminders(tasks) == []
    tasks.hub.clock.move_to(monday + DAY)
    tasks.hub.move(EVERY)

    assert len(reminders(tasks)) == 2


def test_each_task_is_told_once_a_day_for_a_week(tasks):
    for number in range(8):
        add(tasks, f"Task {number}", creator=(VERA, EMMA)[number % 2], responsible=(VERA, EMMA)[number % 2])
    for _ in range(7 * 4):
        tasks.hub.move(2 * EVERY)
    assert Counter(row.content["to"][0] for row in reminders(tasks)) == {"user:27": 7, "user:33": 7}
    assert all(len(row.content["fields"]) == 4 for row in reminders(tasks))


@pytest.fixture
def steps(monkeypatch):
    """A survey whose steps read one page and tell one person."""
    monkeypatch.setattr("hub_plugin_tasks.survey._LONG", 0)
    monkeypatch.setattr("hub_plugin_tasks.survey._PORTION", 1)


def test_a_survey_in_many_steps_tells_each_person_once(tasks, steps):
    for number in range(110):
        add(tasks, f"Task {number}", creator=EMMA)
    tasks.hub.move(EVERY)

    assert {row.content["to"][0]: row.content["title"]["values"]["n"] for row in reminders(tasks)} == {
        "user:27": 110,
        "user:33": 110,
    }
    assert len(reminders(tasks)) == 2


def test_a_survey_that_an_outage_interrupts_is_done_anew_and_loses_nothing(tasks, steps):
    for number in range(300):
        add(tasks, f"Task {number}", creator=VERA)
    away = {"method": "tasks.task.list", "status": 503, "error": "INTERNAL_SERVER_ERROR"}
    tasks.portal.faults.fail(**away, skip=4)
    tasks.hub.move(EVERY)
    assert reminders(tasks) == []
    tasks.portal.faults.clear()
    tasks.hub.move(EVERY)
    tasks.hub.move(EVERY)

    (digest,) = reminders(tasks)
    assert digest.content["title"]["values"]["n"] == 300
