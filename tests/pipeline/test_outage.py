"""A portal that is away: one probe at a time, nothing lost, everything out at the first answer."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from echo import TOKEN, EchoPlugin

from hub.bitrix24 import Retry
from hub.testing import InstalledPlugin, MovedClock

SEND = "imbot.v2.Chat.Message.send"


@pytest.fixture
def hub_plugins():
    return [InstalledPlugin("echo", EchoPlugin)]


@pytest.fixture
def hub(fresh_hub):
    return fresh_hub


@pytest.fixture
def met(hub, tell):
    """A portal that knows the bot and all recipients already."""
    tell("hello", to=["user:1", "user:17", "user:27"])
    return hub


def probes(hub, since):
    """Return how many requests the portal got after a call."""
    return len([call for call in hub.bitrix24.calls(since=since) if call.in_batch is None])


def last_call(hub):
    return hub.bitrix24.calls()[-1].id


def waiting(hub):
    return [(row.state, row.attempts) for row in hub.deliveries if row.key != "hello"]


def shown(hub, *dialogs):
    return [[card.text for card in hub.shown(dialog)][1:] for dialog in dialogs]


@pytest.mark.parametrize(
    "break_portal",
    [
        lambda faults: faults.down(html=True),
        lambda faults: faults.fail(status=503, error="QUERY_LIMIT_EXCEEDED"),
        lambda faults: faults.fail(status=503, error="OVERLOAD_LIMIT"),
        lambda faults: faults.revoke_webhook(),
        lambda faults: faults.revoke_webhook(error="expired_token"),
        lambda faults: faults.down(),
    ],
    ids=["502", "too many requests", "overloaded", "credentials revoked", "token expired", "no answer"],
)
def test_an_outage_is_probed_and_ends_with_everything_sent(met, tell, break_portal):
    hub = met
    break_portal(hub.bitrix24.faults)
    tell("a", to=["user:1"])
    tell("b", to=["user:17"])
    tell("c", to=["user:27"])
    for _ in range(8):
        before = last_call(hub)
        hub.move(timedelta(seconds=15))
        assert probes(hub, before) <= 1
    assert waiting(hub)[1:] == [("pending", 0), ("pending", 0)]

    hub.bitrix24.faults.clear()
    hub.move(timedelta(seconds=15))
    assert {state for state, _ in waiting(hub)} == {"sent"}
    assert shown(hub, "1", "17", "27") == [["[b]a[/b]"], ["[b]b[/b]"], ["[b]c[/b]"]]


def test_probes_are_at_most_fifteen_seconds_apart(met, tell):
    met.bitrix24.faults.down(html=True)
    tell("a")
    for _ in range(10):
        met.move(timedelta(seconds=15))
    met.bitrix24.faults.clear()
    before = last_call(met)
    met.move(timedelta(seconds=15))

    assert probes(met, before) == 1
    assert [state for state, _ in waiting(met)] == ["sent"]


@pytest.mark.every_backend
def test_an_hours_outage_ends_with_one_message_for_what_came_and_went(met, tell):
    met.bitrix24.faults.fail(status=503, error="QUERY_LIMIT_EXCEEDED")
    tell("a", thread="t", title="down", to=["user:1", "user:17"])
    met.move(timedelta(minutes=30))
    tell("b", thread="t", title="up", mode="update")
    met.move(timedelta(minutes=30))
    met.bitrix24.faults.clear()
    met.move(timedelta(seconds=15))

    assert shown(met, "1", "17") == [["[b]up[/b]"], ["[b]up[/b]"]]


def test_a_message_that_kills_every_request_does_not_hold_up_the_others(met, tell):
    met.bitrix24.faults.lose_answers(dialog="1")
    tell("poison", to=["user:1"])
    tell("b", to=["user:17"])
    for _ in range(25):
        met.move(timedelta(minutes=1))
    tell("c", to=["user:27"])
    met.move(timedelta(minutes=1))

    assert shown(met, "17", "27") == [["[b]b[/b]"], ["[b]c[/b]"]]


def test_nothing_can_be_sent_before_the_bot_is_there_and_nothing_is_lost(hub, tell):
    hub.bitrix24.faults.down()
    tell("a")
    hub.move(timedelta(minutes=5))
    assert waiting(hub) == [("pending", 0)]

    hub.bitrix24.faults.clear()
    hub.move(timedelta(seconds=15))
    assert waiting(hub) == [("sent", 1)]


def test_a_bot_that_belongs_to_somebody_else_loses_nothing(hub, tell):
    hub.bitrix24.faults.fail(status=400, error="BOT_CODE_ALREADY_TAKEN", method="imbot.v2.Bot.register")
    tell("a")
    hub.move(timedelta(minutes=5))
    assert waiting(hub) == [("pending", 0)]

    hub.bitrix24.faults.clear()
    hub.move(timedelta(seconds=15))
    assert waiting(hub) == [("sent", 1)]


def test_an_outage_of_a_week_ends_the_messages_which_can_be_revived(met, tell):
    met.bitrix24.faults.revoke_webhook()
    tell("a")
    met.move(timedelta(days=7, seconds=1))
    (row,) = (row for row in met.deliveries if row.key == "a")
    assert (row.state, row.reason.startswith("gave up after 7 days: ")) == ("dead", True)

    met.bitrix24.faults.clear()
    assert met.app.outbox.revive(row.id)
    met.move(timedelta(seconds=15))
    assert [state for state, _ in waiting(met)] == ["sent"]


def test_a_method_that_has_used_up_its_time_rests_and_others_go_on(run_hub, tmp_path):
    """The portal says by its own clock until when, so the hub's clock is the real one here."""
    clock = MovedClock(datetime.now(UTC))
    with run_hub(plugins=[InstalledPlugin("echo", EchoPlugin)], folder=tmp_path, clock=clock) as hub:
        hub.app.client.retry = Retry(sleep=lambda seconds: None)
        hub.receive("echo", {"key": "before", "thread": "t"}, headers=TOKEN)
        hub.bitrix24.faults.fail_next(1, status=429, error="OPERATION_TIME_LIMIT", method=SEND)
        hub.receive("echo", {"key": "a", "to": ["user:17"]}, headers=TOKEN)
        hub.receive("echo", {"key": "b", "thread": "t"}, headers=TOKEN)

        rows = {row.key: row for row in hub.deliveries}
        assert (rows["a"].state, rows["a"].attempts, rows["b"].state) == ("pending", 0, "sent")
        assert rows["a"].due_at >= clock.now() + timedelta(seconds=9)
        assert hub.app.portal_watch.read().state == "connected"
        assert hub.bitrix24.warnings() == []


def test_an_outage_does_not_slow_down_intake(met, tell):
    met.bitrix24.faults.slow(0.5)
    began = time.monotonic()
    for n in range(5):
        tell(f"a{n}", settle=False)
    took = time.monotonic() - began
    met.bitrix24.faults.clear()
    met.settle()

    assert took < 0.5
    assert {state for state, _ in waiting(met)} == {"sent"}
