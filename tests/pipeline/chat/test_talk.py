"""Addresses, languages, comments and the answer "No"."""

from __future__ import annotations

from datetime import timedelta

import pytest
from echo import TOKEN as ECHO
from pipeline.act.desk import TOKEN, DeskPlugin
from pipeline.chat.conftest import Say

from hub.plugin import Reply, T
from hub.sandbox import Message
from hub.testing import HubHarness


def card(hub: HubHarness, to: str = "user:27", **fields: str) -> Message:
    hub.receive("desk", {"key": "t1", "to": to, "commands": "take", **fields}, headers=TOKEN)
    return hub.shown(to.removeprefix("user:").replace("chat:", "chat"))[-1]


def test_an_address_is_what_an_operator_writes_into_the_settings(say: Say, group: str) -> None:
    assert say("/id") == "You are [b]user:27[/b]."
    assert say("/id", dialog=group).splitlines() == [
        "You are [b]user:27[/b].",
        f"This chat is [b]{group.replace('chat', 'chat:')}[/b].",
    ]


def test_a_language_holds_for_everything_in_its_dialog(hub: HubHarness, desk: DeskPlugin, say: Say) -> None:
    desk.handler = lambda call: Reply(text=T("Done."))
    assert say("/lang RU") == "Теперь я пишу здесь по-русски."
    message = card(hub)

    hub.click(27, message, "Take")

    assert hub.shown("27")[-1].text == "Готово."
    assert desk.calls[0].language == "ru"
    assert say("/lang en") == "From now on I write in English here."
    assert say("/lang").splitlines() == ["English: /lang en", "Русский: /lang ru"]


def test_the_bell_speaks_the_language_too(hub: HubHarness, say: Say) -> None:
    say("/lang ru")
    hub.bitrix24.faults.fail(
        status=403, error="ACCESS_DENIED", method="imbot.v2.Chat.Message.send", dialog="27"
    )

    hub.receive(
        "echo", {"key": "k", "title": {"type": "text", "id": "Done."}, "to": ["user:27"]}, headers=ECHO
    )

    assert "Готово." in hub.bitrix24.notifications(27)[-1].text


def test_another_process_speaks_the_new_language_within_seconds(hub: HubHarness, say: Say) -> None:
    other = type(hub.app.preferences)(hub.app.database, hub.clock)
    assert other.language("27") == ""
    say("/lang ru")

    assert other.language("27") == ""
    hub.clock.move(timedelta(seconds=3))
    assert other.language("27") == "ru"


@pytest.mark.parametrize("typed", ["/lang de", f"/lang {'ru' * 5_000}", "/lang ru\nen", "/lang [b]ru[/b]"])
def test_a_language_that_there_is_not_is_refused(hub: HubHarness, say: Say, typed: str) -> None:
    assert say(typed).splitlines() == ["English: /lang en", "Русский: /lang ru"]
    assert [action.state for action in hub.actions] == ["refused"]


def test_only_administrators_choose_the_language_of_a_group(hub: HubHarness, say: Say, group: str) -> None:
    assert say("/lang ru", dialog=group) == "In a group only administrators of the hub may do that."
    assert say("/lang ru", dialog=group, user=1) == "Теперь я пишу здесь по-русски."
    assert say("/status", dialog=group).startswith("Я работаю")
    assert say("/status").startswith("I am at work")


def test_a_comment_goes_to_the_last_card_of_the_dialog_or_to_the_one_it_answers(
    hub: HubHarness, desk: DeskPlugin, say: Say
) -> None:
    desk.handler = lambda call: Reply(text="thanks")
    first = card(hub)
    hub.move(timedelta(seconds=1))
    hub.receive("desk", {"key": "t2", "to": "user:27"}, headers=TOKEN)

    assert say("/comment on\nit [b]now[/b]") == "thanks"
    assert say("/comment too late", reply_to=first.id) == "thanks"

    assert [(call.text, call.notification and call.notification.key) for call in desk.calls] == [
        ("on\nit [b]now[/b]", "t2"),
        ("too late", "t1"),
    ]


@pytest.mark.parametrize(
    ("source", "typed", "answer"),
    [
        (None, "/comment hello", "There is no card here to comment on."),
        ("echo", "/comment hello", "This card takes no comments."),
        ("desk", "/comment", "Write the comment behind it: /comment text"),
    ],
)
def test_a_comment_that_leads_nowhere_is_answered(
    hub: HubHarness, say: Say, source: str | None, typed: str, answer: str
) -> None:
    if source == "desk":
        card(hub)
    elif source == "echo":
        hub.receive("echo", {"key": "k", "thread": "k", "to": ["user:27"]}, headers=ECHO)

    assert say(typed) == answer


def test_no_settles_the_question_as_not_done(hub: HubHarness, desk: DeskPlugin) -> None:
    hub.click(27, card(hub, commands="anyone"), "Anyone")
    question = hub.shown("27")[-1]

    hub.click(27, question, "No")

    settled = hub.shown("27")[-1]
    assert (settled.id, settled.buttons, desk.calls) == (question.id, [], [])
    assert "Not done." in str(settled.attach)
