"""A bot that is not a member of a chat: it is let in once, or the reason says what to do."""

import itertools
from datetime import timedelta

import pytest
from echo import TOKEN

JOIN = "im.chat.user.add"


@pytest.fixture(scope="module")
def lasting_settings():
    return {"bot": {"fallback": "user:19"}}


@pytest.fixture(scope="module")
def hours():
    """Let each test begin an hour later, when nothing is remembered of chats that had the same number."""
    return itertools.count(1)


@pytest.fixture
def send(hub, hours):
    """Let the echo tell so many facts in a chat, in one request."""
    hub.clock.move(timedelta(hours=next(hours)))
    hub.app.bot.identity()

    def send(chat, count=1):
        items = [{"key": f"{n:02}", "to": [chat.replace("chat", "chat:")]} for n in range(count)]
        hub.receive("echo", {"items": items}, headers=TOKEN)

    return send


def ends(hub, dialog):
    return {(row.state, row.reason) for row in hub.deliveries if row.dialog == dialog}


@pytest.mark.every_backend
def test_the_webhooks_person_takes_the_bot_in_once_and_everything_arrives_in_order(hub, send):
    chat = hub.bitrix24.open_chat("Ops", [1, 17])
    send(chat, 50)

    assert [card.text for card in hub.shown(chat)] == [f"[b]{n:02}[/b]" for n in range(50)]
    assert len(hub.bitrix24.calls(JOIN)) == 1


def test_where_nobody_can_take_it_in_the_fallback_is_told_who_has_to(hub, send):
    chat = hub.bitrix24.open_chat("Secret", [17, 23])
    send(chat, 50)

    (end,) = ends(hub, chat)
    assert end[0] == "failed"
    assert end[1].startswith(f"the bot is not in chat {chat.removeprefix('chat')}; ask a member to invite it")
    assert len(hub.shown("19")) == 50
    assert len(hub.bitrix24.calls(JOIN)) == 1


def test_a_refusal_that_outlives_the_invitation_ends(hub, send):
    chat = hub.bitrix24.open_chat("Ops", [1, 17])
    hub.bitrix24.faults.fail(
        status=403, error="ACCESS_DENIED", method="imbot.v2.Chat.Message.send", dialog=chat
    )
    send(chat)

    assert [state for state, _ in ends(hub, chat)] == ["failed"]
    assert len(hub.bitrix24.calls(JOIN)) == 1


def test_a_portal_that_does_not_say_whether_it_took_the_bot_in_is_asked_again(hub, send):
    chat = hub.bitrix24.open_chat("Ops", [1, 17])
    hub.bitrix24.faults.fail(status=503, error="QUERY_LIMIT_EXCEEDED", method=JOIN)
    send(chat)
    assert ends(hub, chat) == {("pending", f"the bot was not in chat {chat.removeprefix('chat')}")}

    hub.bitrix24.faults.clear()
    hub.clock.move_to(max(row.due_at for row in hub.deliveries))
    hub.settle()
    assert len(hub.shown(chat)) == 1
