"""Calls as Alertmanager and Grafana make them, and the plugin that gets them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.plugin import InboundRequest, Notification, Receipt, Source
from hub.testing import FakeContext
from hub_plugin_alertmanager import AlertmanagerPlugin
from hub_plugin_alertmanager.settings import AlertmanagerSettings

PAYLOADS = Path(__file__).parent / "payloads"
TOKEN = "t0ken-of-the-receiver"


class Sender:
    """Sends payload files to one instance, as the hub would hand them on."""

    def __init__(self, **settings: object) -> None:
        self.ctx = FakeContext("alertmanager")
        model = AlertmanagerSettings.model_validate({"token": TOKEN, **settings})
        self.plugin = AlertmanagerPlugin(model, self.ctx)

    def source(self, endpoint: str = "") -> Source:
        return next(s for s in self.plugin.sources() if bool(s.path) == bool(endpoint))

    def request(self, payload: str | bytes, endpoint: str = "", **headers: str) -> InboundRequest:
        path = f"/in/alertmanager/{endpoint}".rstrip("/")
        return InboundRequest(
            method="POST",
            url=f"https://hub.example{path}",
            path=path,
            path_params={"endpoint": endpoint} if endpoint else {},
            headers=(("Content-Type", "application/json"), *headers.items()),
            body=payload if isinstance(payload, bytes) else (PAYLOADS / payload).read_bytes(),
            received_at=self.ctx.clock.now(),
        )

    def accept(self, payload: str | bytes, endpoint: str = "") -> Receipt:
        return self.source(endpoint).accept(self.request(payload, endpoint))

    def events(self, payload: str | bytes, endpoint: str = "") -> list[Any]:
        return list(self.source(endpoint).parse(self.request(payload, endpoint)))

    def process(self, request: InboundRequest) -> list[Notification]:
        """Do what a worker does with a stored request, now or in a replay."""
        source = self.source(request.path_params.get("endpoint", ""))
        return list(source.notify(list(source.parse(request))))

    def told(self, payload: str | bytes, endpoint: str = "") -> list[Notification]:
        """Let a minute pass, then process one call."""
        self.ctx.clock.move(timedelta(minutes=1))
        return self.process(self.request(payload, endpoint))

    def send(self, payload: str | bytes, endpoint: str = "") -> Notification:
        """Let a minute pass, then process one call; it gives exactly one notification."""
        (told,) = self.told(payload, endpoint)
        return told


@pytest.fixture
def sender() -> Sender:
    """An Alertmanager with the right token."""
    return Sender()


@pytest.fixture
def make_sender() -> type[Sender]:
    """Return what makes a sender for other settings: ``make_sender(to=["user:17"])``."""
    return Sender


@pytest.fixture
def changed() -> Callable[..., bytes]:
    """Return a function that gives a payload with other values: ``changed("a.json", version="9")``."""

    def change(name: str, **values: object) -> bytes:
        message = json.loads((PAYLOADS / name).read_text(encoding="utf-8"))
        return json.dumps(message | values).encode()

    return change
