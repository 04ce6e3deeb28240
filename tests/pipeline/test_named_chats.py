"""Named chats: opened once, on first use, with the people whom the settings name."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from hub.plugin import PermanentFailure, RetryLater

ADD = "imbot.v2.Chat.add"


@pytest.fixture(scope="module")
def lasting_settings():
    users = ["user:19", "department:12", "user:404"]
    return {"chats": {"ops": {"title": "Operations", "users": users}}, "bot": {"fallback": "user:25"}}


@pytest.fixture
def ops(hub, tell):
    """The dialog of the chat, once it is open."""
    tell("first", to=["chat:ops"])
    return f"chat{hub.app.named_chat('ops')}"


def reason_of(hub, key):
    return next(row.recipient for row in hub.deliveries if row.key == key)


@pytest.mark.every_backend
def test_a_chat_is_opened_with_its_people_on_first_use_and_remembered(hub, tell, ops):
    tell("second", to=["chat:ops"])

    assert len(hub.bitrix24.calls(ADD)) == 1
    assert [card.text for card in hub.shown(ops)] == ["[b]first[/b]", "[b]second[/b]"]
    # user 404 does not exist, which keeps nobody else out
    assert {"19", "23", "25"} == set(hub.app.named_chat_rows.get("ops").members)


@pytest.mark.every_backend
def test_who_needs_the_same_chat_at_the_same_time_gets_the_same(hub):
    hub.app.bot.identity()
    hub.bitrix24.faults.slow(0.2)

    def number(_):
        try:
            return hub.app.named_chats.number("ops")
        except RetryLater:
            return None

    with ThreadPoolExecutor(8) as pool:
        found = {number for number in pool.map(number, range(8)) if number}

    assert (len(found), len(hub.bitrix24.calls(ADD))) == (1, 1)


def test_an_opening_whose_answer_was_lost_is_not_repeated_until_the_operator_says_so(hub, tell):
    hub.app.bot.identity()
    hub.bitrix24.faults.lose_answers(1, method=ADD)
    tell("lost", to=["chat:ops"])
    tell("later", to=["chat:ops"])

    assert len(hub.bitrix24.calls(ADD)) == 1
    assert "hub chat adopt ops" in reason_of(hub, "later")
    assert len(hub.shown("25")) == 2

    hub.app.named_chat_rows.forget("ops")
    tell("anew", to=["chat:ops"])
    assert len(hub.shown(f"chat{hub.app.named_chat('ops')}")) == 1


def test_an_opening_that_died_half_way_is_in_doubt_after_a_while(hub):
    hub.app.named_chat_rows.begin("ops")
    with pytest.raises(RetryLater):
        hub.app.named_chat("ops")
    hub.clock.move(timedelta(minutes=4))
    with pytest.raises(PermanentFailure, match="hub chat forget ops"):
        hub.app.named_chat("ops")


def test_a_refused_chat_goes_to_the_fallback_and_is_not_asked_for_at_once_again(hub, tell):
    hub.app.bot.identity()
    hub.bitrix24.faults.fail(status=403, error="ACCESS_DENIED", method=ADD)
    tell("one", to=["chat:ops"])
    tell("two", to=["chat:ops"])
    assert "chat 'ops' cannot be opened" in reason_of(hub, "two")
    assert len(hub.bitrix24.calls(ADD)) == 1

    hub.bitrix24.faults.clear()
    hub.clock.move(timedelta(minutes=2))
    assert hub.app.named_chat("ops")


def test_while_the_portal_is_away_the_message_waits_for_its_chat(hub, tell):
    hub.app.bot.identity()
    hub.bitrix24.faults.fail(status=503, error="QUERY_LIMIT_EXCEEDED", method=ADD)
    tell("waits", to=["chat:ops"])
    assert [row.state for row in hub.events] == ["new"]

    hub.bitrix24.faults.clear()
    hub.move(timedelta(minutes=1))
    assert [card.text for card in hub.shown(f"chat{hub.app.named_chat('ops')}")] == ["[b]waits[/b]"]


def test_who_joins_the_department_later_is_taken_in_and_nobody_twice(hub, ops):
    hub.app.named_chat_rows.settle("ops", ops.removeprefix("chat"), ["19"])
    hub.app.named_chats.keep()
    hub.app.named_chats.keep()

    assert [call.params["userIds"] for call in hub.bitrix24.calls("imbot.v2.Chat.User.add")] == [[23, 25]]


def test_a_name_that_the_settings_do_not_know_goes_to_the_fallback_with_those_they_know(hub, tell):
    tell("lost", to=["chat:opps"])
    assert "the settings name no such chat, only: ops" in reason_of(hub, "lost")


def test_looking_who_would_be_told_opens_nothing(hub):
    with hub.app.named_chats.only_look(), pytest.raises(PermanentFailure, match="first time"):
        hub.app.named_chat("ops")
    assert hub.bitrix24.calls(ADD) == []
