"""Many overdue tasks: a digest for each person, with few requests."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

PEOPLE, TASKS = 100, 1000
DAY = timedelta(days=1)
#: When the job runs, on a Monday.
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def tasks_settings():
    return {"overdue_cron": "0 9 * * *"}


@pytest.fixture
def people(lasting_hub):
    """People with ten overdue tasks each, that were there before the hub looked for the first time."""
    portal = lasting_hub.bitrix24
    for task in (3701, 3702, 3703):
        portal.remove("task", task)
    people = [portal.hire(f"Person {number}") for number in range(PEOPLE)]
    deadline = (MONDAY - 2 * DAY).isoformat()
    for number in range(TASKS):
        person = people[number % PEOPLE]
        portal.add(
            "task", TITLE=f"Task {number}", CREATED_BY=person, RESPONSIBLE_ID=person, DEADLINE=deadline
        )
    portal.clock.advance(2)
    return people


@pytest.mark.parametrize("days", [2, pytest.param(7, marks=pytest.mark.faults)], ids=["two days", "a week"])
def test_a_thousand_overdue_tasks_of_a_hundred_people_are_a_hundred_digests_a_day(people, tasks, days):
    for day in range(days):
        before, told = tasks.requests(), len(tasks.hub.notifications)
        tasks.hub.clock.move_to(MONDAY + day * DAY)
        tasks.hub.settle()

        digests = [row.content for row in tasks.hub.notifications[told:]]
        assert Counter(row["to"][0] for row in digests) == {f"user:{person}": 1 for person in people}
        shown = Counter(line["value"]["values"]["task"]["url"] for row in digests for line in row["fields"])
        assert len(shown) == TASKS
        assert set(shown.values()) == {1}
        assert tasks.requests() - before <= 60
    assert all(len(tasks.hub.shown(str(person))) == days for person in people)
