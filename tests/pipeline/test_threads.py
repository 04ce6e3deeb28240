"""Threads: a dialog shows one living card for each object."""

from datetime import timedelta

import pytest
from echo import raising

from hub.plugin import RetryLater
from hub.testing.clock import START


def states(hub):
    return [row.state for row in hub.deliveries]


def texts(hub, dialog):
    """Return the titles of the cards that a dialog shows."""
    return [card.text.replace("[b]", "").replace("[/b]", "") for card in hub.shown(dialog)]


@pytest.fixture
def away(hub, echo, tell):
    """Keep what is planned from being sent until the test lets go."""
    hub.app.sender._outage._try_after = START + timedelta(hours=1)
    yield lambda: (setattr(hub.app.sender._outage, "_try_after", None), hub.settle())
    hub.app.sender._outage._try_after = None


@pytest.mark.every_backend
def test_opening_twice_edits_the_card_that_is_there(hub, tell):
    tell("a", thread="t", title="one")
    tell("b", thread="t", title="two")

    (card,) = hub.shown("1")
    assert (texts(hub, "1"), card.edited) == (["two"], True)


def test_the_same_thread_of_another_dialog_is_another_card(hub, tell):
    tell("a", thread="t", title="one", to=["user:1"])
    tell("b", thread="t", title="two", to=["user:17"])

    assert (texts(hub, "1"), texts(hub, "17")) == (["one"], ["two"])


@pytest.mark.every_backend
def test_an_update_edits_every_card_of_its_thread_whoever_is_named_now(hub, tell):
    chat = hub.bitrix24.open_chat("Ops", [1, 17, bot(hub, tell)])
    tell("a", thread="t", title="down", to=["user:1", "user:17", f"chat:{chat.removeprefix('chat')}"])
    tell("b", thread="t", title="up", to=["user:27"], mode="update")

    assert [texts(hub, dialog) for dialog in ("1", "17", chat, "27")] == [["up"], ["up"], ["up"], []]


def test_a_message_without_a_thread_is_one_of_its_own(hub, tell):
    tell("a")
    tell("b")

    assert texts(hub, "1") == ["a", "b"]


# early updates


@pytest.mark.every_backend
def test_an_early_update_is_applied_when_an_earlier_fact_opens(hub, tell):
    tell("b", thread="t", title="up", mode="update", occurred_at="2026-11-22T10:05:00Z")
    assert hub.notifications[0].reason.startswith("no card of this thread yet")

    hub.move(timedelta(minutes=9))
    tell("a", thread="t", title="down", occurred_at="2026-11-22T10:04:00Z")

    assert texts(hub, "1") == ["up"]
    assert hub.notifications[0].reason == ""


def test_an_early_update_is_not_applied_to_a_later_fact(hub, tell):
    tell("b", thread="t", title="up", mode="update", occurred_at="2026-11-22T10:05:00Z")
    tell("a", thread="t", title="down again", occurred_at="2026-11-22T10:06:00Z")

    assert texts(hub, "1") == ["down again"]


def test_an_early_update_is_forgotten_after_ten_minutes(hub, tell):
    tell("b", thread="t", title="up", mode="update")
    hub.move(timedelta(minutes=10))
    hub.app.housekeeping.clean_up()
    tell("a", thread="t", title="down")

    assert texts(hub, "1") == ["down"]


def test_an_early_update_is_for_its_own_thread_only(hub, tell):
    tell("b", thread="t", title="up", mode="update")
    tell("a", thread="u", title="down")

    assert texts(hub, "1") == ["down"]


def test_the_latest_of_several_early_updates_stays(hub, tell):
    tell("b", thread="t", title="acknowledged", mode="update")
    tell("c", thread="t", title="up", mode="update")
    tell("a", thread="t", title="down")

    assert texts(hub, "1") == ["up"]


# loud


@pytest.mark.every_backend
def test_a_loud_one_is_posted_anew_and_the_old_card_shrinks(hub, tell):
    tell("a", thread="t", title="one", fields=[{"name": "host", "value": "web-1"}])
    tell("b", thread="t", title="two", loud=True)

    old, new = hub.shown("1")
    assert ("one" in old.text or "two" in old.text, old.edited, old.attach, old.keyboard) == (
        True,
        True,
        None,
        (),
    )
    assert (texts(hub, "1")[1], new.edited) == ("two", False)


def test_after_a_loud_one_the_new_card_is_the_living_one(hub, tell):
    tell("a", thread="t", title="one")
    tell("b", thread="t", title="two", loud=True)
    tell("c", thread="t", title="three", mode="update")

    assert texts(hub, "1")[1:] == ["three"]


def test_a_loud_update_is_quiet_because_it_opens_nothing(hub, tell):
    tell("a", thread="t", title="one")
    tell("b", thread="t", title="two", mode="update", loud=True)

    assert texts(hub, "1") == ["two"]


# superseding


@pytest.mark.every_backend
def test_what_nobody_tried_yet_is_superseded(hub, tell, away):
    tell("a", thread="t", title="down")
    tell("b", thread="t", title="up", mode="update")
    away()

    assert texts(hub, "1") == ["up"]
    assert states(hub) == ["superseded", "sent"]
    assert hub.deliveries[0].reason == f"superseded by {hub.deliveries[1].id}"


def test_a_loud_one_that_is_superseded_is_still_loud(hub, tell, away):
    away()
    tell("a", thread="t", title="one")
    hub.app.sender._outage._try_after = START + timedelta(hours=1)
    tell("b", thread="t", title="two", loud=True)
    tell("c", thread="t", title="three")
    away()

    assert texts(hub, "1")[1:] == ["three"]


def test_other_threads_and_dialogs_are_not_superseded(hub, tell, away):
    tell("a", thread="t", to=["user:1"])
    tell("b", thread="u", to=["user:1"])
    tell("c", thread="t", to=["user:17"])
    tell("d", to=["user:1"])
    away()

    assert states(hub) == ["sent"] * 4


@pytest.mark.every_backend
def test_the_newest_waits_behind_a_row_in_doubt_and_older_waiting_ones_are_superseded(hub, tell):
    hub.bitrix24.faults.refuse_after_reserving(1)
    tell("a", thread="t", title="one")
    tell("b", thread="t", title="two")
    tell("c", thread="t", title="three")
    assert states(hub) == ["pending", "superseded", "pending"]

    hub.bitrix24.clock.advance(3600)
    hub.move(timedelta(hours=1))

    assert texts(hub, "1") == ["three"]
    assert states(hub) == ["sent", "superseded", "sent"]


# refused edits


def test_an_edit_that_is_too_late_becomes_a_new_message(hub, tell):
    tell("a", thread="t", title="one")
    hub.bitrix24.clock.advance(4 * 86400)
    tell("b", thread="t", title="two")

    assert texts(hub, "1") == ["one", "two"]
    assert states(hub) == ["sent", "sent"]


def test_the_edit_of_a_deleted_card_becomes_a_new_message_even_for_an_update(hub, tell):
    tell("a", thread="t", title="one")
    (card,) = hub.shown("1")
    delete(hub, card)
    tell("b", thread="t", title="two", mode="update")
    tell("c", thread="t", title="three", mode="update")

    assert texts(hub, "1") == ["three"]


def test_an_old_card_that_cannot_shrink_is_left_alone(hub, tell):
    tell("a", thread="t", title="one")
    delete(hub, hub.shown("1")[0])
    tell("b", thread="t", title="two", loud=True)

    assert texts(hub, "1") == ["two"]
    assert states(hub) == ["sent", "sent", "suppressed"]


# once


@pytest.mark.every_backend
def test_one_key_reaches_a_dialog_once(hub, tell):
    tell("a", id="first")
    tell("a", id="second")

    assert len(hub.events) == 2
    assert (len(hub.notifications), len(hub.shown("1"))) == (1, 1)


def test_one_key_told_again_for_another_dialog_reaches_that_one_too(hub, tell):
    tell("a", id="first", to=["user:1"])
    tell("a", id="second", to=["user:1", "user:17"])

    assert (len(hub.shown("1")), len(hub.shown("17"))) == (1, 1)


def test_a_replay_shows_nothing_twice(hub, tell):
    tell("a", thread="t", title="one")
    tell("b", thread="t", title="two")
    for event in hub.events:
        assert hub.app.replay.replay(event.id).ok
    hub.settle()

    assert [event.state for event in hub.events] == ["processed", "processed"]
    assert (texts(hub, "1"), len(hub.deliveries)) == (["two"], 2)


def test_what_still_waits_is_not_replayed(hub, echo, tell):
    echo.in_notify = raising(RetryLater("busy"))
    tell("a")
    replayed = hub.app.replay.replay(hub.events[0].id)

    assert (replayed.ok, replayed.message) == (False, "it has not been processed yet")


def test_an_unknown_event_is_not_replayed(hub):
    replayed = hub.app.replay.replay("e0")

    assert (replayed.ok, replayed.message) == (False, "no such event")


def bot(hub, tell):
    """Return the bot's user id; it is registered with the first message."""
    tell("hello", to=["user:25"])
    return hub.shown("25")[0].author_id


def delete(hub, card):
    hub.app.client.call(
        "imbot.v2.Chat.Message.delete",
        {"botId": card.author_id, "botToken": "test-bot-token", "messageId": card.id},
    )
