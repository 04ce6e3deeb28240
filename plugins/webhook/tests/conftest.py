"""Senders as the presets know them: settings, a proof for each call, and their payloads."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.plugin import InboundRequest, Notification, Receipt, Source
from hub.testing import FakeContext
from hub_plugin_webhook import WebhookPlugin
from hub_plugin_webhook.settings import WebhookSettings

PAYLOADS = Path(__file__).parent / "payloads"
KEY = base64.b64encode(b"key-of-the-sender-32-bytes-long!").decode()
SECONDS = "1795341900"
TYPES = {
    ".json": "application/json",
    ".form": "application/x-www-form-urlencoded",
    ".xml": "application/xml",
}


def digest(key: str, body: bytes, encoding: str = "hex") -> str:
    made = hmac.new(key.encode(), body, hashlib.sha256).digest()
    return made.hex() if encoding == "hex" else base64.b64encode(made).decode()


def standard(body: bytes, id: str = "msg_own1", at: str = SECONDS) -> dict[str, str]:
    made = hmac.new(base64.b64decode(KEY), f"{id}.{at}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(made).decode()}"
    return {"webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature}


def hubspot(
    body: bytes, url: str = "https://hub.example/in/hubspot", at: str = f"{SECONDS}000"
) -> dict[str, str]:
    signature = digest("client-s3cret", f"POST{url}".encode() + body + at.encode(), "base64")
    return {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": at}


#: Settings and the headers that prove a call, by preset.
SENDERS: Mapping[str, tuple[Mapping[str, Any], Callable[[bytes], Mapping[str, str]]]] = {
    "amocrm": ({"path_secret": "p4th-s3cret", "account": "roga"}, lambda body: {}),
    "hubspot": ({"secret": "client-s3cret", "portal_id": 51515151}, hubspot),
    "pipedrive": (
        {"username": "hub", "password": "pipe-p4ss"},
        lambda body: {"Authorization": f"Basic {base64.b64encode(b'hub:pipe-p4ss').decode()}"},
    ),
    "retailcrm": ({"token": "t0ken-of-the-trigger"}, lambda body: {}),
    "tilda": ({"token": "key-of-the-form"}, lambda body: {"X-Tilda-Key": "key-of-the-form"}),
    "github": (
        {"secret": "hook-s3cret"},
        lambda body: {"X-Hub-Signature-256": f"sha256={digest('hook-s3cret', body)}"},
    ),
    "grafana": (
        {"secret": "point-s3cret"},
        lambda body: {"X-Grafana-Alerting-Signature": digest("point-s3cret", body)},
    ),
    "uptime-kuma": ({"token": "kuma-t0ken"}, lambda body: {"Authorization": "Bearer kuma-t0ken"}),
    "sentry": (
        {"secret": "sentry-s3cret"},
        lambda body: {"Sentry-Hook-Signature": digest("sentry-s3cret", body)},
    ),
    "cloudevents": ({"token": "ce-t0ken"}, lambda body: {"Authorization": "Bearer ce-t0ken"}),
    "standard-webhooks": ({"secret": f"whsec_{KEY}"}, standard),
}


def headers_of(file: Path) -> dict[str, str]:
    beside = file.with_suffix(".headers")
    lines = beside.read_text(encoding="utf-8").splitlines() if beside.exists() else []
    pairs = (line.partition(": ") for line in lines)
    return {"content-type": TYPES[file.suffix]} | {name.lower(): value for name, _, value in pairs}


class Sender:
    """Calls one instance, as the hub would hand its calls on."""

    def __init__(self, preset: str = "plain", **settings: Any) -> None:
        given, self.prove = SENDERS.get(
            preset, ({"token": "any"}, lambda body: {"Authorization": "Bearer any"})
        )
        self.preset = preset
        self.ctx = FakeContext("shop")
        model = WebhookSettings.model_validate({"preset": preset, **given, **settings})
        self.plugin = WebhookPlugin(model, self.ctx)

    def source(self, method: str = "POST") -> Source:
        return next(each for each in self.plugin.sources() if method in each.methods)

    def request(self, payload: str | bytes, **headers: str) -> InboundRequest:
        file = PAYLOADS / self.preset / payload if isinstance(payload, str) else None
        body = file.read_bytes() if file else payload
        kept = headers_of(file) if file else {"content-type": "application/json"}
        path = f"/in/{self.preset}"
        proof = {name.lower(): value for name, value in self.prove(body).items()}
        return InboundRequest(
            method="POST",
            url=f"https://hub.example{path}",
            path=path,
            path_params={"secret": "p4th-s3cret"} if self.source().path == "{secret}" else {},
            headers=tuple((kept | proof | {k.lower(): v for k, v in headers.items()}).items()),
            body=body,
            received_at=self.ctx.clock.now(),
        )

    def accept(self, payload: str | bytes, **headers: str) -> Receipt:
        request = self.request(payload, **headers)
        self.source().verify(request)
        return self.source().accept(request)

    def told(self, payload: str | bytes, **headers: str) -> list[Notification]:
        """Do what the hub does with a call, and return its cards."""
        request, source = self.request(payload, **headers), self.source()
        cards: list[Notification] = []
        for item in self.accept(payload, **headers).items:
            stored = request if item.body is None else replace(request, body=item.body)
            cards += source.notify(list(source.parse(stored)))
        return cards

    def later(self, request: InboundRequest, by: timedelta) -> InboundRequest:
        return replace(request, received_at=request.received_at + by)


@pytest.fixture
def make_sender() -> type[Sender]:
    """Return what makes a sender: ``make_sender("github", to=["user:17"])``."""
    return Sender


@pytest.fixture
def mapped() -> Callable[..., list[Notification]]:
    """Return a function that gives the cards of a JSON body: ``mapped({"a": 1}, title="{{ body.a }}")``."""

    def run(body: object, **mapping: Any) -> list[Notification]:
        return Sender(map={"text": "", "severity": "info", "url": "", "key": "", **mapping}).told(
            json.dumps(body).encode()
        )

    return run
