"""Changes of tasks, from the portal's events and from catching up alone: who is told what."""

#: The hub's own user, a creator, a responsible person, and others.
ANNA, PAVEL, VERA, EMMA, DMITRY = 1, 31, 27, 33, 17


def new_task(tasks, **fields):
    """Return a task of Vera's that Pavel made and everybody was told of."""
    task = tasks.add(by=PAVEL, TITLE="Contract", CREATED_BY=PAVEL, RESPONSIBLE_ID=VERA, **fields)
    tasks.tell()
    return task


def test_a_new_task_is_told_to_whom_it_is_assigned(either):
    new_task(either, DEADLINE="2026-12-02T19:00:00+03:00", AUDITORS=[EMMA])

    assert either.read(VERA) == [
        "[b]Павел Волков assigned you a task: Contract[/b]",
        "Deadline: 2 Dec 2026, 19:00",
        "Status: Pending",
        "Responsible: [user=27]Вера Соколова[/user]",
        "Created by: [user=31]Павел Волков[/user]",
    ]
    assert either.card(VERA).buttons == ["Open", "Start", "Complete", "Postpone 1 day"]
    assert either.read(EMMA)[0] == "[b]Павел Волков asks you to observe a task: Contract[/b]"
    assert either.card(EMMA).buttons == ["Open"]
    assert either.got(PAVEL) == 0


def test_another_responsible_person_is_told_to_the_new_and_to_the_former_one(either):
    task = new_task(either)
    either.change(task, by=PAVEL, RESPONSIBLE_ID=EMMA)
    either.tell()

    assert either.read(EMMA)[0] == "[b]Павел Волков assigned you a task: Contract[/b]"
    assert either.read(VERA)[0] == "[b]Павел Волков gave your task to Emma Larsen: Contract[/b]"
    assert either.card(VERA).buttons == ["Open"]
    assert either.got(PAVEL) == 0


def test_completion_is_told_to_the_creator(either):
    task = new_task(either)
    either.change(task, by=VERA, STATUS=5)
    either.tell()

    assert either.read(PAVEL)[0] == "[b]Вера Соколова completed the task: Contract[/b]"
    assert either.got(VERA) == 1
    assert either.read(VERA)[0] == "[b]Completed: Contract[/b]"
    assert either.card(VERA).buttons == ["Open"]


def test_a_moved_deadline_is_told_to_all_participants_with_old_and_new(either):
    task = new_task(either, DEADLINE="2026-12-02T19:00:00+03:00", ACCOMPLICES=[DMITRY], AUDITORS=[EMMA])
    either.change(task, by=VERA, DEADLINE="2026-12-04T12:00:00+03:00")
    either.tell()

    for person in (PAVEL, DMITRY, EMMA):
        title, deadline, *_ = either.read(person)
        assert title.startswith("[b]Вера Соколова moved the deadline to 4 Dec 2026")
        assert deadline.startswith("Deadline: 2 Dec 2026") and "→ 4 Dec 2026" in deadline
    assert either.got(VERA) == 1


def test_people_who_are_added_and_taken_off_are_told(either):
    task = new_task(either, ACCOMPLICES=[DMITRY])
    either.change(task, by=PAVEL, ACCOMPLICES=[EMMA])
    either.tell()

    assert either.read(EMMA)[0] == "[b]Павел Волков asks you to take part in a task: Contract[/b]"
    assert either.read(DMITRY)[0] == "[b]Павел Волков no longer needs you in a task: Contract[/b]"


def test_several_changes_are_one_message(either):
    task = new_task(either)
    either.change(task, by=PAVEL, DEADLINE="2026-12-04T12:00:00+03:00")
    either.change(task, by=PAVEL, STATUS=3)
    either.change(task, by=PAVEL, STATUS=6)
    either.tell()

    title, also, *_ = either.read(VERA)
    assert title == "[b]Павел Волков deferred the task: Contract[/b]"
    assert also.startswith("Also: Павел Волков moved the deadline to 4 Dec")
    assert either.got(VERA) == 2


def test_what_went_back_to_where_it_was_is_no_news(either):
    task = new_task(either)
    either.change(task, by=PAVEL, STATUS=3)
    either.change(task, by=PAVEL, STATUS=2)
    either.tell()

    assert either.got(VERA) == 1


def test_what_is_news_to_nobody_only_edits_the_cards(either):
    task = new_task(either)
    either.change(task, by=PAVEL, TITLE="Contract 2")
    either.tell()

    assert either.read(VERA)[0] == "[b]Pending: Contract 2[/b]"
    assert either.got(VERA) == 1


def test_what_an_event_told_is_not_told_again_when_it_is_found(tasks):
    tasks.post_events()
    task = new_task(tasks)
    tasks.comment(task, "Hello", by=PAVEL)
    tasks.tell()
    before = tasks.got(VERA)
    tasks.hub.app.catch_up.forget()
    tasks.hub.settle()
    tasks.tell()

    assert before == tasks.got(VERA) == 2


def test_a_deleted_task_says_so_and_has_no_buttons(tasks):
    tasks.post_events()
    task = new_task(tasks)
    tasks.remove(task, by=PAVEL)
    tasks.tell()

    assert tasks.read(VERA)[0] == "[b]Deleted: Contract[/b]"
    assert tasks.card(VERA).buttons == []


def test_what_was_there_before_the_hub_is_no_news(tasks):
    tasks.change(3701, by=VERA, TITLE="Renamed")
    tasks.tell()

    assert tasks.hub.notifications == []
