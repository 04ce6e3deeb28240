"""Buttons: what they do, for whom, and what they say when it cannot be done."""

from datetime import UTC, datetime, timedelta

import pytest

ANNA, PAVEL, VERA, EMMA = 1, 31, 27, 33
DEADLINE = "2026-12-02T19:00:00+03:00"


@pytest.fixture
def task(tasks):
    """A task of Vera's that Pavel made and everybody was told of."""
    return new_task(tasks)


def new_task(tasks, **fields):
    fields = {"TITLE": "Contract", "DEADLINE": DEADLINE, **fields}
    task = tasks.add(by=PAVEL, CREATED_BY=PAVEL, RESPONSIBLE_ID=VERA, **fields)
    tasks.tell()
    return task


def test_starting_a_task_says_who_did_and_tells_the_creator_of_that_person(any_card):
    task = new_task(any_card)
    any_card.hub.click(VERA, any_card.card(VERA), "Start")

    assert any_card.stored(task).status == 3
    author = ANNA if any_card.stored(task).chat_id else VERA
    assert any_card.comments(task) == [(author, "Started from the chat: Вера Соколова")]
    assert any_card.read(VERA)[0] == "[b]In progress: Contract[/b]"
    assert any_card.read(VERA)[-1].startswith("Start: [user=27]Вера Соколова[/user], ")
    assert any_card.card(VERA).buttons == ["Open", "Complete", "Postpone 1 day"]
    any_card.tell()
    assert any_card.read(PAVEL)[0] == "[b]Вера Соколова started the task: Contract[/b]"
    assert (any_card.got(VERA), any_card.got(PAVEL), any_card.got(ANNA)) == (1, 1, 0)


def test_a_task_under_control_is_handed_over_and_approved(tasks):
    task = new_task(tasks, TASK_CONTROL="Y")
    tasks.hub.click(VERA, tasks.card(VERA), "Complete")
    tasks.tell()
    assert tasks.read(PAVEL)[0] == "[b]Вера Соколова has done the task, please approve: Contract[/b]"
    assert tasks.card(PAVEL).buttons == ["Open", "Approve", "Return"]
    assert tasks.card(VERA).buttons == ["Open"]

    tasks.hub.click(PAVEL, tasks.card(PAVEL), "Approve")
    tasks.tell()
    assert tasks.stored(task).status == 5
    assert tasks.read(VERA)[0] == "[b]Павел Волков approved the task: Contract[/b]"
    assert (tasks.got(VERA), tasks.got(PAVEL)) == (2, 1)


def test_returned_work_is_told_to_whoever_did_it(tasks):
    task = new_task(tasks, TASK_CONTROL="Y")
    tasks.hub.click(VERA, tasks.card(VERA), "Complete")
    tasks.tell()
    tasks.hub.click(PAVEL, tasks.card(PAVEL), "Return")
    tasks.tell()

    assert tasks.stored(task).status == 2
    assert tasks.read(VERA)[0] == "[b]Павел Волков returned the task: Contract[/b]"
    assert "Complete" in tasks.card(VERA).buttons


def test_postponing_keeps_the_time_of_day(tasks, task):
    tasks.hub.click(VERA, tasks.card(VERA), "Postpone 1 day")
    tasks.tell()

    assert tasks.stored(task).deadline == datetime(2026, 12, 3, 16, tzinfo=UTC)
    assert tasks.read(PAVEL)[1] == "Deadline: 2 Dec 2026, 16:00 → 3 Dec 2026, 16:00"  # Pavel is in UTC
    assert (tasks.got(VERA), tasks.got(PAVEL)) == (1, 1)


def test_a_change_by_the_hubs_own_user_is_not_taken_for_a_click(tasks, task):
    tasks.hub.click(VERA, tasks.card(VERA), "Start")
    tasks.tell()
    tasks.change(task, by=ANNA, STATUS=2)
    tasks.change(task, by=ANNA, STATUS=3)
    tasks.change(task, by=ANNA, STATUS=6)
    tasks.tell()

    assert tasks.read(VERA)[0] == "[b]Анна Смирнова deferred the task: Contract[/b]"


def test_a_task_closed_meanwhile_says_so_and_loses_its_buttons(tasks, task):
    tasks.change(task, by=PAVEL, STATUS=5)
    tasks.hub.click(VERA, tasks.card(VERA), "Start")

    card, answer = tasks.hub.shown(str(VERA))
    assert answer.text == "The task is closed already."
    assert card.buttons == ["Open"]


def test_a_deleted_task_says_so_and_loses_its_buttons(tasks, task):
    tasks.remove(task, by=PAVEL)
    tasks.hub.click(VERA, tasks.card(VERA), "Complete")

    card, answer = tasks.hub.shown(str(VERA))
    assert answer.text == "The task was deleted, or the hub may not see it any more."
    assert card.buttons == []


def test_who_lost_the_right_is_refused_at_the_click(tasks, task):
    tasks.change(task, by=PAVEL, RESPONSIBLE_ID=EMMA)
    tasks.hub.click(VERA, tasks.card(VERA), "Complete")

    assert tasks.stored(task).status == 2
    card, answer = tasks.hub.shown(str(VERA))
    assert answer.text == "You cannot do that with this task, or not any more."
    assert card.buttons == ["Open"]


def test_a_comment_that_cannot_be_written_does_not_undo_the_start(tasks, task):
    tasks.portal.faults.fail(method="task.commentitem.add", status=400, error="ACCESS_DENIED", times=1)
    tasks.hub.click(VERA, tasks.card(VERA), "Start")

    assert tasks.stored(task).status == 3
    assert tasks.read(VERA)[0] == "[b]In progress: Contract[/b]"


def test_a_stranger_cannot_comment(tasks, task):
    tasks.change(task, by=PAVEL, AUDITORS=[EMMA])
    tasks.tell()
    tasks.change(task, by=PAVEL, AUDITORS=[])
    tasks.tell()
    tasks.hub.say(EMMA, "/comment Hello", reply_to=tasks.card(EMMA).id)

    assert tasks.comments(task) == []
    assert "only those who take part" in tasks.card(EMMA).text


def test_a_comment_whose_answer_is_lost_is_written_once_in_the_old_card_too(tasks, task):
    tasks.portal.faults.lose_answers(method="task.commentitem.add", times=1)
    tasks.hub.say(VERA, "/comment On my way", reply_to=tasks.card(VERA).id)
    tasks.pass_time(timedelta(seconds=30))

    assert tasks.comments(task) == [(VERA, "On my way")]
