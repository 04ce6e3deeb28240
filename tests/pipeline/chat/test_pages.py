"""Leafing through what a card of the hub's own stands for."""

from __future__ import annotations

from collections.abc import Mapping
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
