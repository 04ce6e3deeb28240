"""Calls as 1C code makes them, and the plugin that gets them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from hub.plugin import InboundRequest, ItemOutcome, Notification, Receipt, Source
from hub.testing import FakeContext
from hub_plugin_onec import OnecPlugin
from hub_plugin_onec.settings import OnecSettings

PAYLOADS = Path(__file__).parent / "payloads"
SETTINGS = {"username": "Администратор", "password": "п4роль-базы"}


def credentials() -> Mapping[str, str]:
    pair = base64.b64encode(f"{SETTINGS['username']}:{SETTINGS['password']}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


class Base:
    """A 1C base that calls the hub."""

    def __init__(self) -> None:
        self.ctx = FakeContext("onec")
        settings = OnecSettings.model_validate({**SETTINGS, "to": ["department:5"]})
        self.plugin = OnecPlugin(settings, self.ctx)

    def source(self, endpoint: str = "") -> Source:
        path = "{endpoint}" if endpoint else ""
        return next(source for source in self.plugin.sources() if source.path == path)

    def request(self, payload: object, endpoint: str = "", charset: str = "utf-8") -> InboundRequest:
        if isinstance(payload, str):
            payload = (PAYLOADS / payload).read_bytes()
        return InboundRequest(
            method="POST",
            url="https://hub.example/in/onec",
            path="/in/onec",
            path_params={"endpoint": endpoint} if endpoint else {},
            headers=(("Content-Type", f"application/json; charset={charset}"), *credentials().items()),
            body=payload if isinstance(payload, bytes) else json.dumps(payload).encode(),
            received_at=self.ctx.clock.now(),
        )

    def accept(self, payload: object, endpoint: str = "", charset: str = "utf-8") -> Receipt:
        return self.source(endpoint).accept(self.request(payload, endpoint, charset))

    def answer(self, payload: object, *outcomes: ItemOutcome) -> object:
        return json.loads(self.accept(payload).answer(outcomes).body)

    def told(self, payload: object, endpoint: str = "", charset: str = "utf-8") -> list[Notification]:
        request, source = self.request(payload, endpoint, charset), self.source(endpoint)
        return [
            card
            for item in source.accept(request).items
            for card in source.notify(list(source.parse(replace(request, body=item.body))))
        ]


@pytest.fixture
def base() -> Base:
    """A base with the right password."""
    return Base()
