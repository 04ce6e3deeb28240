"""A hub with a help desk, an echo and another plugin with commands; user 1 is its administrator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from echo import EchoPlugin
from pipeline.act.desk import DeskPlugin
from pipeline.chat.ops import OpsPlugin

from hub.testing import HubHarness, InstalledPlugin

Say = Callable[..., str]


@pytest.fixture(scope="module")
def lasting_plugins() -> Sequence[InstalledPlugin]:
    return [
        InstalledPlugin("desk", DeskPlugin),
        InstalledPlugin("echo", EchoPlugin),
        InstalledPlugin("ops", OpsPlugin),
    ]


@pytest.fixture(scope="module")
def lasting_settings() -> Mapping[str, Any]:
    return {"hub": {"admins": ["user:1"]}}


@pytest.fixture
def desk(hub: HubHarness) -> DeskPlugin:
    plugin = hub.app.registry.instance("desk").plugin
    assert isinstance(plugin, DeskPlugin)
    return plugin


@pytest.fixture
def group(hub: HubHarness) -> str:
    """Open a group of users 1 and 27 with the bot."""
    return hub.bitrix24.open_chat("Operations", [1, 27, int(hub.app.bot.identity().id)])


@pytest.fixture
def say(hub: HubHarness) -> Say:
    """Type something, by default as user 27 in their own dialog with the bot, and return the answer."""

    def say(text: str, *, user: int = 27, dialog: str = "", reply_to: int | None = None) -> str:
        known = {message.id for message in hub.bitrix24.messages()}
        hub.say(user, text, dialog=dialog, reply_to=reply_to)
        bot = int(hub.app.bot.identity().id)
        (answer,) = [m for m in hub.bitrix24.messages() if m.id not in known and m.author_id == bot]
        assert answer.dialog in {dialog, str(user)}
        return answer.text

    return say
