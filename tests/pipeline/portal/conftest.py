"""A hub whose plugin watches leads, and a portal that makes and posts them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import pytest
from pipeline.portal.leads import LeadsPlugin

from hub.bitrix24 import forms
from hub.sandbox import Sandbox
from hub.testing import HubHarness, InstalledPlugin

TOKEN = "token-of-the-outgoing-webhook"
MEMBER = "5a9db0c5a9db0c5a9db0c5a9db0c5a9d"


@pytest.fixture(scope="module")
def lasting_settings() -> Mapping[str, Any]:
    return {"bitrix24": {"application_tokens": [TOKEN]}, "hub": {"public_url": "https://hub.example.org"}}


@pytest.fixture(scope="module")
def lasting_plugins() -> Sequence[InstalledPlugin]:
    return [InstalledPlugin("leads", LeadsPlugin)]


@pytest.fixture
def hub(lasting_hub: HubHarness) -> HubHarness:
    """A hub that has seen the present end of the portal's leads."""
    lasting_hub.app.catch_up.turn()
    return lasting_hub


@pytest.fixture
def leads(hub: HubHarness) -> LeadsPlugin:
    return plugin_of(hub, "leads")


@pytest.fixture
def post(hub: HubHarness) -> Callable[..., httpx.Response]:
    """Let the portal post that something happened to a lead."""

    def post(
        id: str, event: str = "ONCRMLEADUPDATE", *, settle: bool = False, token: str = TOKEN
    ) -> httpx.Response:
        form = {"event": event, "data": {"FIELDS": {"ID": id}}, "ts": "1795500000", "auth": auth(token)}
        response = post_form(hub, form)
        if settle:
            hub.settle()
        return response

    return post


def plugin_of(hub: HubHarness, instance: str) -> LeadsPlugin:
    plugin = hub.app.registry.instance(instance).plugin
    assert isinstance(plugin, LeadsPlugin)
    return plugin


def auth(token: str) -> dict[str, str]:
    return {"domain": "portal.example", "member_id": MEMBER, "application_token": token}


def post_form(hub: HubHarness, form: Mapping[str, Any], query: str = "") -> httpx.Response:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    url = f"/bitrix24/events?{query}" if query else "/bitrix24/events"
    return hub.client.post(url, content=forms.encode(form), headers=headers)


def new_lead(portal: Sandbox, title: str = "A lead") -> str:
    """Make a lead and return its id."""
    answer = httpx.post(f"{portal.webhook_url}crm.lead.add", json={"fields": {"TITLE": title}})
    return str(answer.raise_for_status().json()["result"])


def told(hub: HubHarness) -> list[str]:
    """Return the facts of plugins, as they were told."""
    return [row.key for row in hub.notifications if row.instance != "hub"]
