"""Deliver: every message reaches its dialog once, in order, or ends with a reason."""

from datetime import timedelta

import pytest
from echo import TOKEN

SEND = "imbot.v2.Chat.Message.send"


@pytest.fixture(scope="module")
def lasting_settings():
    return {"bot": {"fallback": "user:19"}}


@pytest.fixture
def faults(hub, tell):
    """Misfortunes of a portal that knows the bot already."""
    tell("hello", to=["user:25"])
    return hub.bitrix24.faults


def states(hub):
    return [row.state for row in hub.deliveries if row.key != "hello"]


def keys(hub, dialog):
    """Return the titles of the cards that a dialog shows."""
    return [card.text.replace("[b]", "").replace("[/b]", "") for card in hub.shown(dialog)]


def row_of(hub, key, op="card"):
    return next(row for row in hub.deliveries if row.key == key and row.op == op)


def together(hub, *facts):
    """Let the echo tell all *facts* in one request, so that they are sent together."""
    hub.receive("echo", {"items": [{"group": "one", **fact} for fact in facts]}, headers=TOKEN)


# order


@pytest.mark.every_backend
def test_a_dialog_gets_its_messages_in_the_order_in_which_they_were_planned(hub, faults):
    facts = [{"key": f"{n:03}", "to": [f"user:{1 + 16 * (n % 2)}"]} for n in range(60)]
    hub.receive("echo", {"items": facts}, headers=TOKEN)

    for dialog in ("1", "17"):
        assert keys(hub, dialog) == [row.key for row in hub.deliveries if row.dialog == dialog]
    assert len(keys(hub, "1")) == 30


@pytest.mark.every_backend
def test_a_message_in_doubt_holds_up_its_dialog_and_no_other(hub, faults, tell):
    faults.refuse_after_reserving(1)
    tell("a", to=["user:1"])
    tell("b", to=["user:1"])
    tell("c", to=["user:17"])
    assert (keys(hub, "1"), keys(hub, "17")) == ([], ["c"])

    hub.bitrix24.clock.advance(3600)
    hub.move(timedelta(hours=1))
    assert keys(hub, "1") == ["a", "b"]


def test_a_refused_message_does_not_hold_up_those_behind_it(hub, faults):
    faults.fail_next(2, status=400, error="ATTACH_ERROR", method=SEND, dialog="1")
    together(hub, {"key": "a"}, {"key": "b"}, {"key": "c"})

    assert keys(hub, "1") == ["b", "c"]
    assert states(hub)[0] == "failed"


@pytest.mark.every_backend
def test_critical_goes_ahead_of_normal(hub, faults, echo):
    faults.fail(status=503, error="QUERY_LIMIT_EXCEEDED")
    together(hub, {"key": "a"}, {"key": "b"}, {"key": "c", "severity": "critical"})
    faults.clear()
    hub.move(timedelta(minutes=1))

    assert [text[-1] for text in keys(hub, "1")] == ["c", "a", "b"]


def test_a_flood_of_critical_messages_leaves_a_tenth_of_each_request_to_others(hub, faults):
    faults.fail(status=503, error="QUERY_LIMIT_EXCEEDED")
    flood = [{"key": f"{n:03}", "severity": "critical", "to": ["user:17"]} for n in range(60)]
    normal = [{"key": f"n{n}", "to": ["user:23"]} for n in range(8)]
    hub.receive("echo", {"items": [*flood, *normal]}, headers=TOKEN)
    faults.clear()
    began = hub.bitrix24.calls()[-1].id
    hub.move(timedelta(minutes=1))

    sent = [call.params["dialogId"] for call in hub.bitrix24.calls(SEND, since=began)]
    assert (len(sent), sent[:46].count("23"), sent[46:51].count("23")) == (68, 0, 5)


# once


@pytest.mark.every_backend
def test_a_lost_answer_is_asked_for_again_and_shown_once(hub, faults, tell):
    faults.lose_answers(1, method=SEND)
    tell("a")
    assert (states(hub), keys(hub, "1")) == (["pending"], ["a"])

    hub.move(timedelta(minutes=1))
    assert (states(hub), keys(hub, "1")) == (["sent"], ["a"])
    assert row_of(hub, "a").message_id == str(hub.shown("1")[0].id)


@pytest.mark.every_backend
def test_lost_answers_of_a_whole_batch_are_asked_for_again(hub, faults):
    faults.lose_answers(1, method="batch")
    together(hub, *[{"key": f"{n}", "to": [f"user:{(1, 17, 23)[n % 3]}"]} for n in range(9)])
    hub.move(timedelta(minutes=1))

    assert [keys(hub, dialog) for dialog in ("1", "17", "23")] == [
        ["0", "3", "6"],
        ["1", "4", "7"],
        ["2", "5", "8"],
    ]


@pytest.mark.parametrize(
    ("linked", "after"),
    [(True, timedelta(minutes=1)), (False, timedelta(hours=1, minutes=11))],
    ids=["linked", "not linked"],
)
def test_a_portal_that_dies_between_storing_and_answering(hub, faults, tell, linked, after):
    """Linked, the portal knows its message again. Else it locks the key for an hour and then sends it itself."""
    faults.crash_after_storing(1, linked=linked)
    tell("a")
    hub.bitrix24.clock.advance(after.total_seconds())
    for _ in range(8):
        hub.move(after / 8)

    assert states(hub) == ["sent"]
    assert len(keys(hub, "1")) == (1 if linked else 2)


@pytest.mark.every_backend
def test_a_half_born_message_is_tried_again_with_the_same_key(hub, faults, tell):
    faults.refuse_after_reserving(1)
    tell("a")
    for _ in range(8):
        hub.bitrix24.clock.advance(600)
        hub.move(timedelta(minutes=10))

    assert (states(hub), keys(hub, "1")) == (["sent"], ["a"])
    assert (
        len(
            {
                call.params["fields"]["templateId"]
                for call in hub.bitrix24.calls(SEND)
                if call.params["dialogId"] == "1"
            }
        )
        == 1
    )


# refusals


@pytest.mark.parametrize("error", ["ATTACH_ERROR", "ATTACH_OVERSIZE", "KEYBOARD_ERROR", "KEYBOARD_OVERSIZE"])
def test_a_refused_card_becomes_plain_text_under_a_new_key(hub, faults, tell, error):
    faults.fail_next(1, status=400, error=error, method=SEND)
    tell("a", fields=[{"name": "host", "value": "web-1"}])

    (card,) = hub.shown("1")
    assert (card.attach, "web-1" in card.text, states(hub)) == (None, True, ["sent"])
    assert row_of(hub, "a").generation == 1


def test_what_is_refused_even_as_plain_text_goes_to_the_fallback(hub, faults, tell):
    faults.fail(status=400, error="ATTACH_ERROR", method=SEND, dialog="1")
    tell("a")

    assert states(hub) == ["failed", "sent"]
    assert (keys(hub, "1"), keys(hub, "19")) == ([], ["a"])


def test_a_group_that_refuses_the_bot_is_told_through_the_fallback(hub, faults, tell):
    chat = hub.bitrix24.open_chat("without the bot", [17, 19])
    tell("a", to=[f"chat:{chat.removeprefix('chat')}"])

    refused, told = (row for row in hub.deliveries if row.key == "a")
    assert (refused.state, "ACCESS_DENIED" in refused.reason) == ("failed", True)
    assert (told.dialog, told.state, f"{chat} refused" in told.recipient) == ("19", "sent", True)


def test_a_person_who_refuses_the_chat_is_told_through_the_bell(hub, faults, tell):
    faults.fail(status=403, error="ACCESS_DENIED", method=SEND, dialog="17")
    tell("a", to=["user:17"])

    (bell,) = hub.bitrix24.notifications(17)
    assert "a" in bell.text and bell.tag.endswith(row_of(hub, "a").notification_id)
    assert (states(hub), keys(hub, "19")) == (["failed", "sent"], [])


@pytest.mark.parametrize("how", ["refused", "not there any more"])
def test_a_person_without_a_bell_is_told_through_the_fallback(hub, faults, tell, how):
    tell("before", to=["user:17"])
    if how == "refused":
        faults.fail(status=403, error="ACCESS_DENIED", dialog="17", method=SEND)
        faults.fail(status=400, error="USER_ID_EMPTY", method="im.notify.system.add")
    else:
        hub.bitrix24.change_person(17, active=False)
    tell("a", to=["user:17"])

    assert states(hub)[1:] == ["failed", "failed", "sent"]
    assert keys(hub, "19") == ["a"]
    assert hub.bitrix24.notifications(17) == []


def test_the_fallback_that_refuses_is_told_through_the_bell_and_that_is_all(hub, faults, tell):
    faults.fail(status=403, error="ACCESS_DENIED", method=SEND, dialog="19")
    tell("a", to=[])

    assert len(hub.bitrix24.notifications(19)) == 1
    assert states(hub) == ["failed", "sent"]


@pytest.mark.parametrize("tried", [0, 1], ids=["at the first try", "after a lost answer"])
def test_a_bot_that_is_gone_is_registered_again(hub, faults, tell, tried):
    if tried:
        faults.lose_answers(1, method=SEND)
        tell("a")
    faults.fail_next(1, status=400, error="BOT_NOT_FOUND", method=SEND)
    before = len(hub.bitrix24.calls("imbot.v2.Bot.get"))
    if tried:
        hub.move(timedelta(minutes=1))
    else:
        tell("a")

    assert len(hub.bitrix24.calls("imbot.v2.Bot.get")) == before + 1
    assert (states(hub), hub.bitrix24.notifications(1)) == (["sent"], [])


def test_a_bot_that_stays_refused_ends_the_message_by_the_bell(hub, faults, tell):
    faults.fail(status=400, error="BOT_OWNERSHIP_ERROR", method=SEND)
    tell("a")

    assert states(hub) == ["failed", "sent"]
    assert len(hub.bitrix24.notifications(1)) == 1


def test_a_critical_message_in_doubt_for_a_minute_also_goes_to_the_bell_once(hub, faults, tell):
    faults.refuse_after_reserving(1)
    tell("a", severity="critical")
    tell("b", to=["user:17"], title="not critical")
    for _ in range(5):
        hub.move(timedelta(seconds=11))
    assert hub.bitrix24.notifications(1) == []

    for _ in range(10):
        hub.move(timedelta(minutes=5))
    assert len(hub.bitrix24.notifications(1)) == 1
    assert len([call for call in hub.bitrix24.calls("im.notify.system.add") if call.status == 200]) == 1

    hub.bitrix24.clock.advance(3600)
    hub.move(timedelta(minutes=10))
    assert len(hub.shown("1")) == 1


def test_a_critical_message_in_doubt_in_a_group_also_goes_to_the_fallback(hub, faults, tell):
    chat = hub.bitrix24.open_chat("Ops", [1, 17, hub.shown("25")[0].author_id])
    faults.refuse_after_reserving(1)
    tell("a", severity="critical", to=[f"chat:{chat.removeprefix('chat')}"])
    for _ in range(4):
        hub.move(timedelta(minutes=1))

    assert len(hub.shown("19")) == 1


# time


def test_an_expired_message_is_not_sent(hub, faults, tell):
    faults.fail(status=503, error="QUERY_LIMIT_EXCEEDED")
    tell("a", expires_at="2026-11-22T10:10:00Z")
    tell("b", expires_at="2026-11-22T11:00:00Z")
    faults.clear()
    hub.move(timedelta(minutes=5))

    assert keys(hub, "1") == ["b", "While I was away, 1 message went out of date"]
    row = row_of(hub, "a")
    assert (row.state, row.reason.partition(";")[0]) == ("suppressed", "expired at 2026-11-22 10:10 UTC")


def test_a_delivery_is_given_up_after_seven_days_and_can_be_revived(hub, faults, tell):
    faults.fail(status=400, error="SENDING_FAILED", method=SEND)
    tell("a")
    for _ in range(8):
        hub.move(timedelta(days=1))
    row = row_of(hub, "a")
    assert (row.state, row.reason.startswith("gave up after 7 days: ")) == ("dead", True)

    faults.clear()
    assert hub.app.outbox.revive(row.id)
    hub.settle()
    assert (states(hub), keys(hub, "1")) == (["sent"], ["a"])


def test_a_revived_delivery_has_its_seven_days_again(hub, faults, tell):
    faults.fail(status=400, error="SENDING_FAILED", method=SEND)
    tell("a")
    for _ in range(8):
        hub.move(timedelta(days=1))
    hub.app.outbox.revive(row_of(hub, "a").id)
    hub.settle()

    assert states(hub) == ["pending"]


def test_a_failed_delivery_is_revived_under_a_new_key(hub, faults, tell):
    faults.fail(status=403, error="ACCESS_DENIED", method=SEND, dialog="17")
    tell("a", to=["user:17"])
    faults.clear()
    row = row_of(hub, "a")
    assert hub.app.outbox.revive(row.id)
    hub.settle()

    assert keys(hub, "17") == ["a"]
    assert row_of(hub, "a").generation == row.generation + 1


@pytest.mark.parametrize("state", ["sent", "unknown"])
def test_what_cannot_be_sent_again_is_not_revived(hub, tell, state):
    tell("a")

    assert not hub.app.outbox.revive(hub.deliveries[0].id if state == "sent" else "d0")


# what is shown


@pytest.mark.parametrize(
    "title",
    ["", " ", "\u200b", "[b]", "\0", "x" * 50_000],
    ids=["empty", "blank", "zero width", "code", "nul", "long"],
)
def test_any_title_makes_a_message(hub, tell, title):
    tell("a", title=title)

    assert states(hub) == ["sent"]
    assert len(hub.shown("1")) == 1


# the portal's limits


@pytest.mark.every_backend
def test_a_portal_that_is_asked_too_often_is_asked_later(hub, faults, tell):
    faults.fail_next(1, status=503, error="QUERY_LIMIT_EXCEEDED")
    tell("a")
    assert [(row.state, row.attempts) for row in hub.deliveries if row.key == "a"] == [("pending", 0)]

    hub.move(timedelta(seconds=15))
    assert (states(hub), row_of(hub, "a").attempts) == (["sent"], 1)
