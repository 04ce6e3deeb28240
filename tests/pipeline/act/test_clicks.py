"""What happens when somebody clicks: once, by whom it may be, and everybody sees it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Event

import pytest
from pipeline.act.desk import TOKEN, DeskPlugin

from hub.pipeline.act import incoming
from hub.plugin import Notification, PermanentFailure, Reply, RetryLater
from hub.sandbox import Message
from hub.testing import HubHarness

Post = Callable[..., Message]


def test_a_click_does_it_and_the_card_says_who_did(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    message = card()

    hub.click(27, message, "Take")

    assert [(call.actor, call.args, call.text) for call in desk.calls] == [("27", {"ticket": 7}, "")]
    (shown,) = hub.shown("27")
    assert (shown.id, shown.buttons, shown.blocked) == (message.id, ["Close"], False)
    assert "Вера Соколова" in str(shown.attach)


def test_five_rapid_clicks_do_it_once(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    message = card()
    for _ in range(5):
        command(hub, 27, message)

    hub.fetch()

    assert len(desk.calls) == 1
    assert [action.state for action in hub.actions] == ["done"] + ["refused"] * 4


@pytest.mark.every_backend
def test_a_hundred_clicks_of_twenty_people_have_one_winner(
    hub: HubHarness, desk: DeskPlugin, card: Post
) -> None:
    people = [hub.bitrix24.hire(f"Clerk {number}") for number in range(20)]
    chat = hub.bitrix24.open_chat("All", [*people, int(hub.app.bot.identity().id)])
    message = card(to=chat.replace("chat", "chat:"))
    for number in range(100):
        command(hub, people[number % len(people)], message)

    hub.fetch()

    assert len(desk.calls) == 1
    assert [action.state for action in hub.actions].count("done") == 1
    answers = [row for row in hub.deliveries if row.op == "reply"]
    assert (len(answers), {row.state for row in answers}) == (99, {"sent"})
    assert len([row for row in hub.deliveries if row.op == "redraw"]) < 99  # one for many


def test_everybody_who_has_the_card_sees_what_was_done(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    message = card(to="user:27 user:31")

    hub.click(27, message, "Take")

    assert [shown.buttons for shown in hub.shown("31")] == [["Close"]]
    assert "Вера Соколова" in str(hub.shown("31")[0].attach)


def test_a_second_person_is_told_who_was_first(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    card(to="user:27 user:31")
    first, second = hub.shown("27")[0], hub.shown("31")[0]
    command(hub, 27, first)
    command(hub, 31, second)

    hub.fetch()

    assert len(desk.calls) == 1
    assert "Вера Соколова" in hub.shown("31")[-1].text


def test_a_stranger_is_refused_privately(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    params = params_of(card())

    hub.say(31, f"/hub {params}")

    assert desk.calls == []
    assert [action.state for action in hub.actions] == ["refused"]
    assert hub.shown("31")[-1].text == "This button is not for you."


def test_any_member_of_the_group_may_click(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    chat = hub.bitrix24.open_chat("Ops", [27, 31, int(hub.app.bot.identity().id)])

    hub.click(31, card(to=chat.replace("chat", "chat:")), "Take")

    assert [call.actor for call in desk.calls] == ["31"]


def test_only_admins_use_what_is_for_them(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    message = card(to="user:27 user:1", commands="close")
    hub.click(27, message, "Close")
    hub.click(1, hub.shown("1")[-1], "Close")

    assert [call.actor for call in desk.calls] == ["1"]
    assert hub.shown("27")[-1].text == "Only administrators of the hub may do that."


def test_a_refused_click_gives_the_buttons_back(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    message = card(commands="close take")

    hub.click(27, message, "Close")

    assert (hub.shown("27")[0].blocked, hub.shown("27")[0].buttons) == (False, ["Close", "Take"])
    hub.click(27, hub.shown("27")[0], "Take")
    assert len(desk.calls) == 1


def test_what_the_plugin_refuses_is_told_as_plain_text(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    desk.handler = raising(PermanentFailure("somebody has it: [user=all]all[/user]"))

    hub.click(27, card(), "Take")

    assert "somebody has it" in hub.shown("27")[-1].text
    assert "[user=all]" not in hub.shown("27")[-1].text
    assert [action.state for action in hub.actions] == ["refused"]


def test_what_is_not_possible_now_can_be_clicked_again(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    desk.handler = raising(RetryLater("the peer is away"))
    hub.click(27, card(), "Take")
    desk.handler = lambda call: None

    hub.click(27, hub.shown("27")[0], "Take")

    assert [action.state for action in hub.actions] == ["refused", "done"]


def test_a_command_that_crashed_is_not_repeated(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    desk.handler = raising(ZeroDivisionError())

    hub.click(27, card(), "Take")
    hub.move(timedelta(minutes=5))

    assert len(desk.calls) == 1
    assert [action.state for action in hub.actions] == ["unknown"]
    assert "not known whether" in hub.shown("27")[-1].text
    assert hub.shown("27")[0].buttons == ["Take", "Close"]


def test_an_idempotent_command_that_crashed_is_tried_again(
    hub: HubHarness, desk: DeskPlugin, card: Post
) -> None:
    failures = iter([ZeroDivisionError(), None])

    def handler(call):
        if error := next(failures):
            raise error

    desk.handler = handler
    hub.click(27, card(commands="look"), "Look")
    hub.move(timedelta(seconds=10))

    assert [action.state for action in hub.actions] == ["done"]


def test_what_a_killed_process_had_begun_is_unknown(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    going, go_on = Event(), Event()
    desk.handler = lambda call: (going.set(), go_on.wait(5), None)[-1]
    command(hub, 27, card())
    hub.app.fetching.look()
    assert going.wait(5)

    hub.app.actions.release_all()
    hub.app.act.act()
    go_on.set()
    hub.settle()

    assert len(desk.calls) == 1
    assert [action.state for action in hub.actions] == ["unknown"]


def test_the_plugin_may_write_the_card_itself(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    desk.handler = lambda call: Reply(
        notification=call.notification.model_copy(update={"title": "Printer is out", "actions": ()}),
        text="Thanks!",
    )

    hub.click(27, card(), "Take")

    assert "Printer is out" in hub.shown("27")[0].text
    assert (hub.shown("27")[0].buttons, hub.shown("27")[-1].text) == ([], "Thanks!")


def test_a_button_that_the_plugin_offers_again_works_again(
    hub: HubHarness, desk: DeskPlugin, card: Post
) -> None:
    desk.handler = lambda call: Reply(notification=call.notification)
    hub.click(27, card(), "Take")

    hub.move(timedelta(seconds=1))
    hub.click(27, hub.shown("27")[0], "Take")

    assert len(desk.calls) == 2


def test_further_notifications_of_a_command_go_the_way_of_all(
    hub: HubHarness, desk: DeskPlugin, card: Post
) -> None:
    desk.handler = lambda call: Reply(
        notifications=(Notification(key="told", title="Vera took it", to=("user:31",)),)
    )

    hub.click(27, card(), "Take")

    assert "Vera took it" in hub.shown("31")[-1].text


def test_what_a_command_keeps_is_committed_with_its_end(
    hub: HubHarness, desk: DeskPlugin, card: Post
) -> None:
    desk.handler = lambda call: desk.ctx.store.set("taken", call.actor)
    hub.click(27, card(), "Take")
    desk.handler = lambda call: (desk.ctx.store.set("taken", "nobody"), raising(PermanentFailure("no"))(call))
    hub.click(27, card("t2"), "Take")

    assert desk.ctx.store.get("taken") == "27"


def test_a_question_is_asked_privately_first(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    chat = hub.bitrix24.open_chat("Ops", [27, int(hub.app.bot.identity().id)])
    message = card(to=chat.replace("chat", "chat:"), commands="anyone")
    hub.click(27, message, "Anyone")
    assert desk.calls == []
    assert hub.shown(chat)[0].blocked is False
    question = hub.shown("27")[-1]

    hub.click(27, question, "Yes")

    assert [(call.actor, call.dialog) for call in desk.calls] == [("27", "27")]
    assert (hub.shown(chat)[0].buttons, hub.shown("27")[0].buttons) == ([], [])


def test_nobody_says_yes_for_who_was_asked(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    chat = hub.bitrix24.open_chat("Ops", [27, 31, int(hub.app.bot.identity().id)])
    hub.click(27, card(to=chat.replace("chat", "chat:"), commands="anyone"), "Anyone")
    yes = f"/hub {params_of(hub.shown('27')[-1])}"

    hub.say(31, yes)
    hub.say(31, yes, dialog=chat)

    assert desk.calls == []
    assert "Yes" in hub.shown("27")[-1].buttons


def test_a_card_that_changed_answers_so(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    message = card()
    old = params_of(message)
    desk.handler = lambda call: Reply(notification=call.notification.model_copy(update={"actions": ()}))
    hub.click(27, message, "Take")

    hub.say(27, f"/hub {old.rpartition('.')[0]}.1")

    assert "changed" in hub.shown("27")[-1].text
    assert len(desk.calls) == 1


def test_an_old_button_that_the_card_still_has_works(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    message = card(commands="take look")
    old = params_of(message).rpartition(".")[0]
    hub.click(27, message, "Take")

    hub.say(27, f"/hub {old}.1")

    assert [action.command for action in hub.actions if action.state == "done"] == ["take", "look"]


@pytest.mark.parametrize(
    "params", ["", "x", "d000000000000000000.0", "d000000000000000000.999", "../../etc", "é" * 300]
)
def test_nonsense_is_refused_and_nothing_is_done(hub: HubHarness, desk: DeskPlugin, params: str) -> None:
    hub.say(27, f"/hub {params}")

    assert desk.calls == []
    assert [action.state for action in hub.actions] == ["refused"]


def test_a_click_in_a_private_dialog_that_the_portal_does_not_name(
    hub: HubHarness, desk: DeskPlugin, card: Post
) -> None:
    message = card()
    hub.bitrix24.options(empty_chat_in_private_clicks=True)

    hub.click(27, message, "Take")

    assert [call.dialog for call in desk.calls] == ["27"]


@pytest.mark.parametrize("typed", ["/tickets", "/comment toner is out"])
def test_a_typed_command_whose_event_runs_again_is_not_done_again(
    hub: HubHarness, desk: DeskPlugin, card: Post, typed: str
) -> None:
    card()
    hub.say(27, typed)

    hub.app.replay.replay(hub.actions[0].origin)
    hub.settle()

    assert len(desk.calls) == 1
    assert [action.state for action in hub.actions] == ["done", "refused"]
    assert "done already" in hub.shown("27")[-1].text


def test_what_was_done_is_not_called_impossible_when_the_hub_loses_its_database_meanwhile(
    hub: HubHarness, desk: DeskPlugin, card: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = card()
    desk.handler = lambda call: Reply(notification=Notification(key="taken", title="Taken"))

    def lose(*about: object) -> Notification:
        raise RetryLater("the database is away")

    monkeypatch.setattr(hub.app.act._perform, "_answered", lose)
    hub.click(27, message, "Take")

    assert ([action.state for action in hub.actions], len(desk.calls)) == (["unknown"], 1)
    assert "not known whether" in hub.shown("27")[-1].text


@pytest.mark.parametrize("label", ["Look", "Take"])
def test_an_answer_that_cannot_be_kept_ends_the_action_as_unknown(
    hub: HubHarness, desk: DeskPlugin, card: Post, label: str
) -> None:
    message = card(commands=label.lower())
    odd = Notification(key="odd", title="Odd").model_copy(update={"key": "half \ud800"})
    desk.handler = lambda call: Reply(notification=odd)

    hub.click(27, message, label)
    for _ in range(8):
        hub.move(timedelta(seconds=5))

    assert len(desk.calls) == 1
    assert [action.state for action in hub.actions] == ["unknown"]
    assert "not known whether" in hub.shown("27")[-1].text


def test_odd_words_that_a_command_tells_end_their_event_and_hold_up_no_other(
    hub: HubHarness, desk: DeskPlugin, card: Post
) -> None:
    message = card()
    odd = Notification(key="odd", title="Odd").model_copy(update={"key": "half \ud800"})
    desk.handler = lambda call: Reply(notifications=(odd,))

    hub.click(27, message, "Take")
    card("t2")

    (told,) = [row for row in hub.events if row.kind == "command"]
    assert (told.state, hub.events[-1].state) == ("failed", "processed")


def test_who_types_a_button_of_a_group_is_not_taken_for_a_member(
    hub: HubHarness, desk: DeskPlugin, card: Post
) -> None:
    chat = hub.bitrix24.open_chat("Ops", [27, int(hub.app.bot.identity().id)])
    message = card(to=chat.replace("chat", "chat:"))
    hub.bitrix24.options(empty_chat_in_private_clicks=True)

    hub.say(31, f"/hub {params_of(message)}")

    assert desk.calls == []
    assert "not for you" in hub.shown("31")[-1].text


def test_who_asks_for_too_much_is_not_answered_for_a_while(
    hub: HubHarness, desk: DeskPlugin, card: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "_MOST_ASKED", 3)
    message = card()

    hub.say(31, "/id\n/id\n/id")
    hub.say(31, "/id\n/id")
    hub.click(27, message, "Take")
    assert [action.actor for action in hub.actions] == ["31", "31", "31", "27"]
    assert "more than 3 things a minute" in [row for row in hub.events if row.state == "ignored"][-1].reason

    hub.move(timedelta(minutes=2))
    hub.say(31, "/id")
    assert [action.actor for action in hub.actions[4:]] == ["31"]


def test_a_slow_command_holds_up_nobody_else(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    going, go_on = Event(), Event()

    def handler(call):
        if call.actor == "27":
            going.set()
            go_on.wait(5)

    desk.handler = handler
    first, second = card("t1"), card("t2", to="user:31")
    command(hub, 27, first)
    hub.app.fetching.look()
    hub.app.bell.process("hub")
    assert going.wait(5)
    command(hub, 31, second)
    hub.app.fetching.look()
    hub.app.bell.process("hub")

    assert hub.bitrix24.wait_for(lambda: hub.shown("31")[-1].buttons == ["Close"], timeout=5)
    go_on.set()
    hub.settle()


def test_a_command_of_a_plugin_that_is_gone_is_refused(hub: HubHarness, desk: DeskPlugin) -> None:
    hub.receive("desk", {"key": "t9", "commands": "nothing"}, headers=TOKEN)

    hub.click(27, hub.shown("27")[-1], "Nothing")

    assert "does not work now" in hub.shown("27")[-1].text


def command(hub: HubHarness, user: int, message: Message) -> None:
    """Let somebody click the first button, whatever their client shows."""
    hub.bitrix24.command(user, message, params_of(message))


def params_of(message: Message) -> str:
    return str(message.keyboard[0]["COMMAND_PARAMS"])


def raising(error: Exception) -> Callable[[object], None]:
    def handler(call: object) -> None:
        raise error

    return handler
