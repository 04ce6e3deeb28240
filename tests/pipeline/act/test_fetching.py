"""How clicks come out of the bot's queue at the portal: none lost, none twice, and cheaply."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from pipeline.act.desk import TOKEN, DeskPlugin

from hub.sandbox import Message
from hub.testing import HubHarness

Post = Callable[..., Message]


def test_a_click_made_while_the_hub_was_down_works_afterwards(
    hub: HubHarness, desk: DeskPlugin, card: Post
) -> None:
    hub.bitrix24.click(27, card(), "Take")
    hub.bitrix24.clock.advance(3600)

    hub.fetch()

    assert len(desk.calls) == 1


def test_events_whose_answer_was_lost_come_again_and_count_once(
    hub: HubHarness, desk: DeskPlugin, card: Post
) -> None:
    message = card()
    hub.bitrix24.click(27, message, "Take")
    hub.bitrix24.faults.lose_answers(1, method="imbot.v2.Event.get")
    hub.fetch()

    hub.fetch()

    assert len(desk.calls) == 1


def test_an_event_that_is_fetched_twice_is_one_event(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    hub.bitrix24.click(27, card(), "Take")
    hub.fetch()
    hub.app.facts.set(f"bot-events:{hub.app.bot.identity().id}", None)  # as if it had not been written down

    hub.fetch()

    assert len([row for row in hub.events if row.kind == "portal-event"]) == 1


def test_who_fetches_needs_nobody_else_to_have_asked_for_the_bot(
    hub: HubHarness, desk: DeskPlugin, card: Post
) -> None:
    hub.bitrix24.click(27, card(), "Take")
    hub.app.bot.forget()  # as in a process that has sent nothing
    hub.clock.move(timedelta(seconds=6))

    hub.app.fetching.turn()
    hub.settle()

    assert len(desk.calls) == 1


def test_a_bot_that_another_process_registered_anew_is_found(hub: HubHarness, desk: DeskPlugin) -> None:
    old = hub.app.bot.identity()
    hub.app.client.call("imbot.v2.Bot.unregister", {"botId": int(old.id), "botToken": hub.app.bot_token})
    hub.app.fetching.look()

    hub.clock.move(timedelta(seconds=20))
    hub.app.fetching.turn()

    new = hub.app.bot.identity()
    (look,) = hub.bitrix24.calls("imbot.v2.Event.get")[-1:]
    assert (look.params["botId"] == int(new.id), new.id == old.id) == (True, False)


def test_a_look_rides_along_with_messages(hub: HubHarness, desk: DeskPlugin, card: Post) -> None:
    message = card()
    hub.app.fetching.turn()
    hub.bitrix24.click(27, message, "Take")
    hub.clock.move(timedelta(seconds=3))
    before = hub.bitrix24.calls()[-1].id

    for key in ("t2", "t3"):
        hub.receive("desk", {"key": key}, headers=TOKEN, settle=False)
    hub.settle()

    looks = hub.bitrix24.calls("imbot.v2.Event.get", since=before)
    assert [call.in_batch is not None for call in looks] == [True]
    assert len(desk.calls) == 1


def test_no_look_rides_along_where_the_lease_was_lost(hub: HubHarness, card: Post) -> None:
    card()
    hub.app.fetching.turn()
    hub.clock.move(timedelta(seconds=5))
    before = hub.bitrix24.calls()[-1].id

    card("t2")

    assert hub.bitrix24.calls("imbot.v2.Event.get", since=before) == []


@pytest.mark.parametrize(("seconds", "looks"), [(4, 0), (6, 1)])
def test_a_quiet_queue_is_looked_at_every_five_seconds(hub: HubHarness, seconds: int, looks: int) -> None:
    hub.app.bot.identity()
    hub.app.fetching.look()
    before = hub.bitrix24.calls()[-1].id

    hub.clock.move(timedelta(seconds=seconds))
    hub.app.fetching.turn()

    assert len(hub.bitrix24.calls("imbot.v2.Event.get", since=before)) == looks


def test_after_a_card_with_buttons_the_queue_is_looked_at_every_second(hub: HubHarness, card: Post) -> None:
    card()
    hub.app.fetching.look()
    before = hub.bitrix24.calls()[-1].id

    hub.clock.move(timedelta(seconds=1))
    hub.app.fetching.turn()

    assert len(hub.bitrix24.calls("imbot.v2.Event.get", since=before)) == 1


def test_while_the_portal_is_away_it_is_asked_ever_more_rarely(hub: HubHarness) -> None:
    hub.app.bot.identity()
    hub.bitrix24.faults.down()
    for _ in range(60):
        hub.app.fetching.turn()
        hub.clock.move(timedelta(seconds=1))

    assert 4 <= len(hub.bitrix24.calls("imbot.v2.Event.get")) <= 12
    hub.bitrix24.faults.clear()
