"""A hub with a help desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from pipeline.act.desk import TOKEN, DeskPlugin

from hub.sandbox import Message
from hub.testing import HubHarness, InstalledPlugin


@pytest.fixture(scope="module")
def lasting_plugins() -> Sequence[InstalledPlugin]:
    return [InstalledPlugin("desk", DeskPlugin)]


@pytest.fixture(scope="module")
def lasting_settings() -> Mapping[str, Any]:
    return {"hub": {"admins": ["user:1"]}}


@pytest.fixture
def hub(lasting_hub: HubHarness) -> HubHarness:
    return lasting_hub


@pytest.fixture
def desk(hub: HubHarness) -> DeskPlugin:
    plugin = hub.app.registry.instance("desk").plugin
    assert isinstance(plugin, DeskPlugin)
    return plugin


@pytest.fixture
def card(hub: HubHarness) -> Callable[..., Message]:
    """Post a card and return its message, in the dialog that is named first."""

    def post(
        key: str = "t1", to: str = "user:27", commands: str = "take close", expires_in: int = 0
    ) -> Message:
        body = {"key": key, "to": to, "commands": commands, "expires_in": expires_in}
        hub.receive("desk", body, headers=TOKEN)
        dialog = to.split(maxsplit=1)[0].removeprefix("user:").replace(":", "")
        return hub.shown(dialog)[-1]

    return post
