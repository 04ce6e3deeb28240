"""Hubs that are a local application in the portal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
from cryptography.fernet import Fernet

from hub.pipeline.installation import INSTALL_PATH
from hub.sandbox import Sandbox
from hub.testing import HubHarness

KEY = Fernet.generate_key().decode()
PUBLIC_URL = "https://hub.example"


def application_settings(sandbox: Sandbox, *keys: str) -> Mapping[str, Any]:
    """Return the settings of a hub that is the sandbox's application; *keys* are those of HUB_SECRET_KEY."""
    return {
        "hub": {"public_url": PUBLIC_URL},
        "bitrix24": {"webhook_url": "", **sandbox.application},
        "bot": {"token": ""},
        "secret_keys": keys or (KEY,),
    }


def install(hub: HubHarness, **how: Any) -> httpx.Response:
    """Let the portal introduce its application to the hub."""
    return hub.bitrix24.install_app(f"{hub.client.base_url}{INSTALL_PATH}", **how)
