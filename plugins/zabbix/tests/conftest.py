"""Calls as Zabbix makes them, the plugin that gets them, and an API that answers as Zabbix does."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.plugin import CommandCall, InboundRequest, Notification, Receipt, Reply, Source
from hub.testing import FakeContext, FakeUser
from hub_plugin_zabbix import ZabbixPlugin
from hub_plugin_zabbix.settings import ZabbixSettings

PAYLOADS = Path(__file__).parent / "payloads"
TOKEN = "t0ken-of-the-media-type"
API_TOKEN = "ap1-token-of-zabbix"


def changed(name: str, **values: object) -> bytes:
    """Return the payload *name* with other values."""
    body = json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))
    return json.dumps(body | values).encode()


class Api:
    """Answers as ``api_jsonrpc.php`` of a version does.

    Attributes:
        asked: the requests, with the headers that say who asks.
        refusal: what it answers to everything but the version.
        status: the HTTP status of everything.
        page: what comes instead of any answer.
        failure: what becomes of the connection.
    """

    def __init__(self, version: str = "7.0.4") -> None:
        self.version = version
        self.asked: list[tuple[dict[str, Any], str]] = []
        self.refusal = ""
        self.status = 200
        self.page = ""
        self.failure: httpx.TransportError | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.failure is not None:
            raise self.failure
        if self.page:
            return httpx.Response(200, text=self.page)
        asked = json.loads(request.content)
        self.asked.append((asked, request.headers.get("authorization", "")))
        if asked["method"] == "apiinfo.version":
            answer: dict[str, Any] = {"result": self.version}
        elif self.refusal:
            answer = {"error": {"code": -32602, "message": "Invalid params.", "data": self.refusal}}
        else:
            answer = {"result": {"eventids": asked["params"].get("eventids", [])}}
        return httpx.Response(self.status, json={"jsonrpc": "2.0", "id": asked["id"], **answer})

    @property
    def acts(self) -> list[dict[str, Any]]:
        """What was asked to be done."""
        return [asked["params"] for asked, _ in self.asked if asked["method"] == "event.acknowledge"]


class Sender:
    """A Zabbix that sends to one instance, as the hub would hand it on, and has its buttons clicked."""

    def __init__(self, **settings: object) -> None:
        self.api = Api()
        self.ctx = FakeContext("zabbix", http=httpx.Client(transport=httpx.MockTransport(self.api)))
        self.ctx.portal.add(FakeUser(id="17", name="Ольга Петрова"))
        values = {
            "token": TOKEN,
            "api_token": API_TOKEN,
            "frontend_url": "https://zabbix.acme.example",
            "timezone": "Europe/Moscow",
            **settings,
        }
        self.plugin = ZabbixPlugin(ZabbixSettings.model_validate(values), self.ctx)

    @property
    def source(self) -> Source:
        return next(iter(self.plugin.sources()))

    def request(self, body: str | bytes, endpoint: str = "") -> InboundRequest:
        content = body if isinstance(body, bytes) else (PAYLOADS / f"{body}.json").read_bytes()
        return InboundRequest(
            method="POST",
            url="https://hub.example/in/zabbix",
            path="/in/zabbix",
            path_params={"endpoint": endpoint} if endpoint else {},
            headers=(("Content-Type", "application/json"),),
            body=content,
            received_at=self.ctx.clock.now(),
        )

    def accept(self, body: str | bytes, endpoint: str = "") -> Receipt:
        return self.source.accept(self.request(body, endpoint))

    def key(self, body: str | bytes, endpoint: str = "") -> str | None:
        (item,) = self.accept(body, endpoint).items
        return item.key

    def told(self, body: str | bytes, endpoint: str = "") -> list[Notification]:
        """Let a second pass, then process one call."""
        self.ctx.clock.move(timedelta(seconds=1))
        return list(self.source.notify(list(self.source.parse(self.request(body, endpoint)))))

    def send(self, body: str | bytes, endpoint: str = "") -> Notification:
        """Process one call that gives exactly one notification."""
        (told,) = self.told(body, endpoint)
        return told

    def click(self, card: Notification, command: str, text: str = "") -> Reply | None:
        """Do what the hub does for user 17 who clicks, or types behind ``/comment``."""
        args = next((dict(each.args) for each in card.actions if each.command == command), {})
        handler = next(each.handler for each in self.plugin.commands() if each.name == command)
        id = f"a{len(self.api.asked)}"
        return handler(
            CommandCall(id=id, actor="17", args=args, text=text, dialog="chat1157", notification=card)
        )


@pytest.fixture
def sender() -> Sender:
    """A Zabbix with the right token and an API."""
    return Sender()


@pytest.fixture
def make_sender() -> type[Sender]:
    """Return what makes a sender for other settings: ``make_sender(to=["user:17"])``."""
    return Sender
