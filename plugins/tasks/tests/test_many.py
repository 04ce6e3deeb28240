"""Many overdue tasks: a digest for each person, with few requests."""

from datetime import UTC, datetime, timedelta

import pytest

PEOPLE, TASKS = 100, 1000
MONDAY = datetime(2026, 11, 23, 6, 5, tzinfo=UTC)


@pytest.fixture
def people(lasting_hub):
    """People with ten overdue tasks each, that were there before the hub looked for the first time."""
    portal = lasting_hub.bitrix24
    for task in (3701, 3702, 3703):
        portal.remove("task", task)
    people = [portal.hire(f"Person {number}") for number in range(PEOPLE)]
    deadline = (MONDAY - timedelta(days=2)).isoformat()
    for number in range(TASKS):
        person = people[number % PEOPLE]
        portal.add(
            "task",
            TITLE=f"Task {number}",
            CREATED_BY=person,
            RESPONSIBLE_ID=person,
            DEADLINE=deadline,
        )
    portal.clock.advance(2)
    return people


def test_a_thousand_overdue_tasks_of_a_hundred_people_are_a_hundred_digests(people, tasks):
    before = tasks.requests(messages=False)
    tasks.hub.clock.move_to(MONDAY)
    tasks.hub.settle()

    digests = [row for row in tasks.hub.notifications if row.kind == "tasks.overdue"]
    assert len(digests) == PEOPLE
    assert all(len(row.content["fields"]) == TASKS // PEOPLE for row in digests)
    assert all(len(tasks.hub.shown(str(person))) == 1 for person in people)
    # two requests hold a hundred messages, unless the portal takes them sooner than they are planned
    assert tasks.requests(messages=False) - before + 2 <= 60
