"""Leafing through what a card of the hub's own stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from echo import TOKEN

from hub.sandbox import Message
from hub.testing import HubHarness


@pytest.fixture(scope="module")
def lasting_settings() -> Mapping[str, Any]:
    return {"limits": {"per_recipient": "2/1m"}}


def test_anybody_in_a_group_turns_the_page_for_all(hub: HubHarness, group: str) -> None:
    address = group.replace("chat", "chat:")
    items = [{"key": f"{number:02}", "group": "g", "to": [address]} for number in range(27)]
    hub.receive("echo", {"items": items}, headers=TOKEN)
    hub.move(timedelta(seconds=5))

    def press(user: int, label: str) -> Message:
        hub.click(user, hub.shown(group)[-1], label)
        return hub.shown(group)[-1]

    card = hub.shown(group)[-1]
    first, second = press(27, "Show messages"), press(1, "Older →")
    assert ("26" in str(first.attach), first.buttons) == (True, ["Older →", "Back"])
    assert ("14" in str(second.attach), second.buttons) == (True, ["← Newer", "Older →", "Back"])
    assert "26" in str(press(27, "← Newer").attach)
    assert press(1, "Back").buttons == ["Show messages"]
    again = press(27, "Show messages")
    assert (again.id, again.buttons) == (card.id, ["Older →", "Back"])
    assert {action.state for action in hub.actions} == {"done"}


class Reader:
    """User 27, who reads a card that stands for messages in their own dialog."""

    def __init__(self, hub: HubHarness) -> None:
        self.hub = hub

    def come(self, numbers: Iterable[int]) -> None:
        """Let messages come."""
        items = [{"key": f"no-{number:03}", "group": "g", "to": ["user:27"]} for number in numbers]
        self.hub.receive("echo", {"items": items}, headers=TOKEN)
        self.hub.move(timedelta(seconds=10))

    def press(self, label: str) -> None:
        self.hub.click(27, self.card, label)

    @property
    def card(self) -> Message:
        return self.hub.shown("27")[-1]

    @property
    def lines(self) -> list[int]:
        return [int(found) for found in re.findall(r"no-(\d{3})", str(self.card.attach))]


@pytest.fixture
def reader(hub: HubHarness) -> Reader:
    reader = Reader(hub)
    reader.come(range(32))  # the first two are shown one by one
    return reader


def test_a_page_stays_under_the_eyes_of_its_reader_while_more_comes(reader: Reader) -> None:
    reader.press("Show messages")
    reader.press("Older →")
    assert reader.lines == list(range(21, 11, -1))

    for number in range(32, 65, 8):
        reader.come(range(number, number + 8))

    assert reader.lines == list(range(21, 11, -1))
    assert "70 are collected here" in reader.card.text
    assert "Page 2 of 3" in str(reader.card.attach)
    reader.press("Older →")
    assert reader.lines == list(range(11, 1, -1))
    assert reader.card.buttons == ["← Newer", "Back"]


def test_going_back_shows_the_card_and_the_next_look_begins_with_the_latest(reader: Reader) -> None:
    reader.press("Show messages")
    reader.come(range(32, 42))
    reader.press("Back")
    assert reader.lines == list(range(41, 36, -1))

    reader.come(range(42, 52))
    assert reader.lines == list(range(51, 46, -1))
    reader.press("Show messages")
    assert reader.lines == list(range(51, 41, -1))


def test_a_page_that_nobody_turns_any_more_becomes_the_card_again(reader: Reader) -> None:
    reader.press("Show messages")
    for _ in range(2):
        reader.hub.move(timedelta(minutes=4))
        reader.press("Older →")
    assert reader.lines == list(range(11, 1, -1))
    reader.hub.move(timedelta(minutes=5))

    assert reader.card.buttons == ["Show messages"]
    assert "It has calmed down" in str(reader.card.attach)
    before = len(reader.hub.deliveries)
    reader.hub.move(timedelta(hours=1))
    assert len(reader.hub.deliveries) == before


def test_a_page_of_an_old_card_stays_because_the_portal_may_not_edit_it_any_more(reader: Reader) -> None:
    reader.hub.move(timedelta(days=2))
    reader.press("Show messages")
    before = len(reader.hub.deliveries)
    reader.hub.move(timedelta(hours=1))

    assert len(reader.hub.deliveries) == before
    reader.press("Back")
    assert reader.card.buttons == ["Show messages"]
