"""Settings that say what is told, and of which tasks."""

import pytest

PAVEL, VERA, ANNA = 31, 27, 1


@pytest.fixture(scope="module")
def tasks_settings():
    return {"changes": ["deadline"], "groups": [7]}


def test_only_what_the_settings_name_is_told(tasks):
    people = {"CREATED_BY": PAVEL, "RESPONSIBLE_ID": VERA}
    mine = tasks.add(by=PAVEL, TITLE="Inside", GROUP_ID=7, **people)
    other = tasks.add(by=PAVEL, TITLE="Outside", **people)
    tasks.tell()
    for task in (mine, other):
        tasks.change(task, by=PAVEL, STATUS=3)
        tasks.change(task, by=PAVEL, DEADLINE="2026-12-04T12:00:00+03:00")
        tasks.comment(task, "Hello", by=PAVEL)
    tasks.tell()

    assert [row.kind for row in tasks.hub.notifications] == ["tasks.deadline"]
    assert tasks.read(VERA)[0].endswith(": Inside[/b]")
    assert tasks.hub.notifications[0].content["labels"] == {"group": "7"}
