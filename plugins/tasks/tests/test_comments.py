"""Comments: everybody but the author reads them, in one message that grows."""

from datetime import timedelta

PAVEL, VERA, EMMA, ANNA = 31, 27, 33, 1


def new_task(tasks):
    """Return a task of Vera's that Pavel made, Anna observes and everybody was told of."""
    task = tasks.add(by=PAVEL, TITLE="Contract", CREATED_BY=PAVEL, RESPONSIBLE_ID=VERA, AUDITORS=[ANNA])
    tasks.tell()
    return task


def test_a_comment_is_told_to_all_participants_but_the_author(any_card):
    task = new_task(any_card)
    any_card.comment(task, "[QUOTE]Old words[/QUOTE]Please [B]sign[/B] today", by=PAVEL)
    any_card.tell()

    assert any_card.read(VERA) == [
        "[b]Павел Волков commented: Contract[/b]",
        "Павел Волков: Please sign today",
    ]
    assert any_card.card(VERA).keyboard[0]["LINK"].endswith(f"/tasks/task/view/{task}/")
    assert any_card.read(ANNA)[0] == "[b]Павел Волков commented: Contract[/b]"
    assert any_card.got(PAVEL) == 0


def test_a_burst_of_comments_is_one_message_that_grows(any_card):
    task = new_task(any_card)
    any_card.comment(task, "One", by=PAVEL)
    any_card.tell()
    before = any_card.got(VERA)
    any_card.comment(task, "Two", by=PAVEL)
    any_card.comment(task, "Three", by=ANNA)
    any_card.tell()

    assert any_card.got(VERA) == before
    assert any_card.read(VERA) == [
        "[b]3 new comments: Contract[/b]",
        "Павел Волков: One",
        "Павел Волков: Two",
        "Анна Смирнова: Three",
    ]
    assert any_card.read(PAVEL) == [
        "[b]Анна Смирнова commented: Contract[/b]",
        "Анна Смирнова: Three",
    ]


def test_a_comment_long_after_the_others_is_a_new_message(tasks):
    task = new_task(tasks)
    tasks.comment(task, "One", by=PAVEL)
    tasks.tell()
    tasks.pass_time(timedelta(minutes=11))
    tasks.comment(task, "Two", by=PAVEL)
    tasks.tell()

    assert tasks.read(VERA) == ["[b]Павел Волков commented: Contract[/b]", "Павел Волков: Two"]
    assert tasks.got(VERA) == 3


def test_in_a_chat_that_the_hub_may_not_see_a_comment_is_told_without_text(either):
    either.portal.set_options(new_task_card=True)
    task = either.add(by=PAVEL, TITLE="Contract", CREATED_BY=PAVEL, RESPONSIBLE_ID=VERA)
    either.tell()
    either.comment(task, "Secret", by=PAVEL)
    either.tell()

    assert either.read(VERA) == ["[b]1 new comment: Contract[/b]"]
    assert "Secret" not in str(either.hub.notifications)


def test_a_reply_in_the_bots_chat_is_written_into_the_task(any_card):
    task = new_task(any_card)
    any_card.hub.say(VERA, "/comment On my way", reply_to=any_card.card(VERA).id)
    any_card.tell()

    is_new = bool(any_card.stored(task).chat_id)
    written = (ANNA, "Вера Соколова: On my way") if is_new else (VERA, "On my way")
    assert any_card.comments(task) == [written]
    assert any_card.read(PAVEL)[0] == "[b]Вера Соколова commented: Contract[/b]"
    assert any_card.read(ANNA)[0] == "[b]Вера Соколова commented: Contract[/b]"
    assert "commented" not in any_card.read(VERA)[0]


def test_a_reply_whose_answer_is_lost_is_written_once(tasks):
    tasks.portal.set_options(new_task_card=True)
    task = new_task(tasks)
    tasks.portal.faults.lose_answers(method="api/tasks.task.chat.message.send", times=1)
    tasks.hub.say(VERA, "/comment On my way", reply_to=tasks.card(VERA).id)
    tasks.pass_time(timedelta(seconds=30))

    assert tasks.comments(task) == [(ANNA, "Вера Соколова: On my way")]
    assert tasks.read(VERA)[0] == "Written into the task."
