"""A hub with the CRM plugin, and a portal whose events reach it or do not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select
from sqlmodel import col

from hub.sandbox import Message
from hub.storage.states import InboxKind
from hub.storage.tables import Inbox
from hub.testing import HubHarness, InstalledPlugin
from hub_plugin_crm import CrmPlugin

TOKEN = "token-of-the-outgoing-webhook"
EVENTS = (
    *("ONCRMLEADADD", "ONCRMLEADUPDATE", "ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALMOVETOCATEGORY"),
    *("ONCRMDYNAMICITEMADD", "ONCRMDYNAMICITEMUPDATE"),
)
SETTLED = timedelta(seconds=2)
LOOKED = timedelta(seconds=15)

#: The portal's director, who does what nobody else is said to do.
ANNA = 1


class Crm:
    """The CRM, and what the hub makes of what happens there."""

    token = TOKEN

    def __init__(self, hub: HubHarness) -> None:
        self.hub = hub
        self.portal = hub.bitrix24
        self._posted = 0
        self._posts = False
        hub.settle()  # the first look, so that all that follows is news

    def post_events(self) -> None:
        """Let the portal post its events to the hub from now on; until then there is only catching up."""
        self.portal.outgoing_webhook(f"{self.hub.client.base_url.join('/bitrix24/events')}", TOKEN, EVENTS)
        self._posts = True

    def add(self, kind: str, **fields: Any) -> int:
        """Add an object as the portal's director."""
        return self._happens(lambda: self.portal.add(kind, **fields))

    def change(self, kind: str, id: int, *, by: int | None = ANNA, **fields: Any) -> None:
        """Change an object."""
        self._happens(lambda: self.portal.change(kind, id, by=by, **fields))

    def get(self, kind: str, id: int) -> Mapping[str, Any]:
        """Return an object as the CRM has it."""
        answer = httpx.post(f"{self.portal.webhook_url}crm.{kind}.get", json={"id": id})
        return dict(answer.raise_for_status().json()["result"])

    def tell(self) -> None:
        """Let the hub hear of what happened, one way or the other, and do all that follows."""
        if self._posts:
            self.hub.settle()
        else:
            self.pass_time(LOOKED)
        self.pass_time(SETTLED)

    def pass_time(self, length: timedelta) -> None:
        """Move the clocks of the portal and of the hub, and do what has come due."""
        self.portal.clock.advance(length.total_seconds())
        self.hub.move(length)

    def told(self) -> dict[str, set[str]]:
        """Return who was told each fact, by its key."""
        keys = {row.id: row.key for row in self.hub.notifications}
        told: dict[str, set[str]] = {}
        for row in self.hub.deliveries:
            if row.state == "sent":
                told.setdefault(keys[row.notification_id], set()).add(row.dialog)
        return told

    def card(self, person: int) -> Message:
        """Return the newest message that a person got."""
        return self.hub.shown(str(person))[-1]

    def read(self, person: int) -> list[str]:
        """Return all words of the newest message that a person got, line by line."""
        return self.lines(self.card(person))

    def lines(self, message: Message) -> list[str]:
        """Return all words of a message, line by line."""
        blocks: Iterable[Mapping[str, Any]] = (message.attach or {}).get("BLOCKS", ())
        rows = [f"{row['NAME']}: {row['VALUE']}" for block in blocks for row in block.get("GRID", ())]
        texts = [block["MESSAGE"] for block in blocks if "MESSAGE" in block]
        return "\n".join([message.text, *texts, *rows]).splitlines()

    def heard(self, number: int) -> None:
        """Wait until the hub has been told of so many events, where the portal posts them."""
        deadline = time.monotonic() + 60
        while self._posts and self._events() < number:
            assert time.monotonic() < deadline, "the portal's event did not arrive"
            time.sleep(0.002)

    def _happens(self, what: Callable[[], Any]) -> Any:
        before = self._events()
        result = what()
        self.heard(before + 1)
        return result

    def _events(self) -> int:
        query = select(func.count()).select_from(Inbox).where(col(Inbox.kind) == InboxKind.PORTAL_EVENT)
        with self.hub.app.database.read() as session:
            return int(session.execute(query).scalar_one())


@pytest.fixture(scope="module")
def crm_settings() -> Mapping[str, Any]:
    """Override it in a module to give the plugin other settings."""
    return {}


@pytest.fixture(scope="module")
def lasting_settings(crm_settings: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "hub": {"public_url": "https://hub.example.org"},
        "bitrix24": {"application_tokens": [TOKEN]},
        "plugins": {"crm": dict(crm_settings)},
    }


@pytest.fixture(scope="module")
def lasting_plugins() -> Sequence[InstalledPlugin]:
    return [InstalledPlugin("crm", CrmPlugin)]


@pytest.fixture
def crm(lasting_hub: HubHarness) -> Crm:
    """A portal without events: the hub only finds out by looking."""
    return Crm(lasting_hub)


@pytest.fixture(params=["event", "catch-up"])
def either(request: pytest.FixtureRequest, crm: Crm) -> Crm:
    """Each test runs twice: with the portal's events, and with catching up alone."""
    if request.param == "event":
        crm.post_events()
    return crm
