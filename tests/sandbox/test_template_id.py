"""`templateId`: what makes a repeated send harmless, and what does not."""

import httpx
import pytest

KEY = "8d6f0f3e-7c1b-4b52-9a55-2f4f6a1b7c90"
HOUR = 3600
DAY = 24 * HOUR


def test_a_repeat_returns_the_first_message_and_sends_nothing(bot, sandbox):
    first = bot.send(message="x", templateId=KEY)

    assert bot.send(message="other", templateId=KEY) == first
    assert [message.uuid for message in sandbox.messages("27")] == [KEY]


def test_the_key_counts_for_the_whole_portal(bot, sandbox):
    first = bot.send("27", message="x", templateId=KEY)

    assert bot.send("31", message="x", templateId=KEY) == first
    assert sandbox.messages("31") == []


@pytest.mark.parametrize(
    "key",
    [
        KEY.upper(),
        "8d6f0f3e-7c1b-5b52-9a55-2f4f6a1b7c90",
        "8d6f0f3e-7c1b-7b52-9a55-2f4f6a1b7c90",
        "8d6f0f3e-7c1b-4b52-7a55-2f4f6a1b7c90",
        "deal-1201",
    ],
    ids=["upper-case", "version-5", "version-7", "wrong-variant", "no-uuid"],
)
def test_other_keys_are_kept_and_do_nothing(bot, sandbox, key):
    bot.send(message="x", templateId=key)
    bot.send(message="x", templateId=key)

    assert [message.uuid for message in sandbox.messages("27")] == [key, key]


def test_system_messages_are_sent_again(bot, sandbox):
    bot.send(message="x", templateId=KEY, system=True)
    bot.send(message="x", templateId=KEY, system=True)

    assert len(sandbox.messages("27")) == 2


def test_a_portal_may_not_know_keys_at_all(start):
    sandbox = start(idempotency=False)
    with httpx.Client(base_url=sandbox.webhook_url) as http:
        bot = {"code": "b", "botToken": "t", "properties": {"name": "B"}}
        http.post("imbot.v2.Bot.register", json={"fields": bot})
        call = {
            "botId": 456,
            "botToken": "t",
            "dialogId": "27",
            "fields": {"message": "x", "templateId": KEY},
        }
        for _ in range(2):
            http.post("imbot.v2.Chat.Message.send", json=call)

    assert len(sandbox.messages("27")) == 2


def test_a_lost_answer_is_repaired_by_a_repeat(bot, sandbox):
    sandbox.faults.lose_answers(1)
    with pytest.raises(httpx.RemoteProtocolError):
        bot.send(message="x", templateId=KEY)

    assert bot.send(message="x", templateId=KEY) == sandbox.messages("27")[0].id
    assert len(sandbox.messages("27")) == 1


class TestDyingBetweenStoreAndAnswer:
    def test_a_linked_key_returns_the_stored_message(self, bot, sandbox):
        sandbox.faults.crash_after_storing(linked=True)
        with pytest.raises(httpx.RemoteProtocolError):
            bot.send(message="x", templateId=KEY)

        assert bot.send(message="x", templateId=KEY) == sandbox.messages("27")[0].id

    def test_a_reserved_key_is_in_doubt_for_an_hour_and_then_taken_over(self, bot, sandbox):
        sandbox.faults.crash_after_storing()
        with pytest.raises(httpx.RemoteProtocolError):
            bot.send(message="x", templateId=KEY)
        refused = bot.send_refusal(message="x", templateId=KEY)
        sandbox.clock.advance(HOUR - 60)
        still_refused = bot.send_refusal(message="x", templateId=KEY)
        sandbox.clock.advance(120)
        bot.send(message="x", templateId=KEY)

        assert refused == still_refused == (400, "SENDING_FAILED")
        assert len(sandbox.messages("27")) == 2


def test_a_refusal_after_the_reservation_locks_the_key(bot, sandbox):
    sandbox.faults.refuse_after_reserving(1, error="SOME_ERROR")

    assert bot.send_refusal(message="x", templateId=KEY) == (400, "SOME_ERROR")
    assert bot.send_refusal(message="x", templateId=KEY) == (400, "SENDING_FAILED")
    assert bot.send(message="x", templateId=KEY.replace("8d", "9d")) > 0


@pytest.mark.parametrize(
    ("dialog", "message"), [("41", "x"), ("27", "")], ids=["dismissed-recipient", "empty-message"]
)
def test_natural_refusals_after_the_reservation_lock_it_too(bot, dialog, message):
    bot.send_refusal(dialog, message=message, templateId=KEY)

    assert bot.send_refusal("27", message="x", templateId=KEY) == (400, "SENDING_FAILED")


def test_refusals_before_the_reservation_leave_the_key_free(bot):
    bot.send_refusal("chat1160", message="x", templateId=KEY)
    bot.send_refusal("27", message="x", attach={"TITLE": "x"}, templateId=KEY)

    assert bot.send("27", message="x", templateId=KEY) > 0


def test_a_key_is_forgotten_after_a_month(bot, sandbox):
    first = bot.send(message="x", templateId=KEY)
    sandbox.clock.advance(31 * DAY - HOUR)
    assert bot.send(message="x", templateId=KEY) == first
    sandbox.clock.advance(2 * HOUR)

    assert bot.send(message="x", templateId=KEY) != first
