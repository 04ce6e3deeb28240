"""A running sandbox, a webhook client, a registered bot and a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from hub.sandbox import Sandbox

if TYPE_CHECKING:
    from playwright.sync_api import Browser


class Webhook:
    """The incoming webhook: `result` raises on refusals, `refusal` expects one."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http

    def result(self, method: str, **params: Any) -> Any:
        answer = self.http.post(method, json=params)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def refusal(self, method: str, **params: Any) -> tuple[int, str]:
        answer = self.http.post(method, json=params)
        assert answer.status_code != 200, answer.text
        return answer.status_code, answer.json()["error"]


class Bot:
    """A version 2 bot driven through the webhook."""

    token = "bot-token"

    def __init__(self, webhook: Webhook, **fields: Any) -> None:
        self.webhook = webhook
        given = {"code": "hub", "botToken": self.token, "properties": {"name": "Hub"}, **fields}
        self.id = webhook.result("imbot.v2.Bot.register", fields=given)["bot"]["id"]
        command = {"command": "hub", "hidden": True}
        self.command_id = self.call("Command.register", fields=command)["command"]["id"]

    def call(self, method: str, **params: Any) -> Any:
        return self.webhook.result(f"imbot.v2.{method}", botId=self.id, botToken=self.token, **params)

    def refusal(self, method: str, **params: Any) -> tuple[int, str]:
        return self.webhook.refusal(f"imbot.v2.{method}", botId=self.id, botToken=self.token, **params)

    def send(self, dialog: str = "27", **fields: Any) -> int:
        fields = fields or {"message": "hello"}
        return self.call("Chat.Message.send", dialogId=dialog, fields=fields)["id"]

    def send_refusal(self, dialog: str = "27", **fields: Any) -> tuple[int, str]:
        return self.refusal("Chat.Message.send", dialogId=dialog, fields=fields)

    def events(self, **params: Any) -> list[dict[str, Any]]:
        return self.call("Event.get", **params)["events"]


@pytest.fixture
def start() -> Iterator[Callable[..., Sandbox]]:
    """Start sandboxes with options; all stop at the end."""
    running = []

    def start(**options: Any) -> Sandbox:
        context = Sandbox.running(**options)
        running.append(context)
        return context.__enter__()

    yield start
    for context in running:
        context.__exit__(None, None, None)


@pytest.fixture(scope="package")
def _shared() -> Iterator[Sandbox]:
    with Sandbox.running() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_shared: Sandbox) -> Sandbox:
    """The package's sandbox, as if freshly started."""
    _shared.reset()
    _shared.limits.off()
    return _shared


@pytest.fixture(scope="package")
def _webhook_client(_shared: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=_shared.webhook_url, timeout=10) as client:
        yield client


@pytest.fixture
def webhook(sandbox: Sandbox, _webhook_client: httpx.Client) -> Webhook:
    return Webhook(_webhook_client)


@pytest.fixture
def bot(webhook: Webhook) -> Bot:
    return Bot(webhook)


@pytest.fixture(scope="package")
def _api_client(_shared: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{_shared.url}/sandbox/api/", timeout=10) as client:
        yield client


@pytest.fixture
def api(sandbox: Sandbox, _api_client: httpx.Client) -> httpx.Client:
    return _api_client


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=chromium, args=flags) as it,
    ):
        yield it
