"""What happens when somebody clicks."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.act.desk import DeskPlugin

from hub.sandbox import Message
from hub.testing import HubHarness


def test_a_click_does_it_and_the_card_says_who_did(
    hub: HubHarness, desk: DeskPlugin, card: Callable[..., Message]
) -> None:
    message = card()

    hub.click(27, message, "Take")

    assert [(call.actor, call.args) for call in desk.calls] == [("27", {"ticket": 7})]
    (shown,) = hub.shown("27")
    assert shown.id == message.id
    assert shown.buttons == ["Close"]
    assert "Take" in str(shown.attach)
