"""Notifications as the providers send them, and the plugin that gets them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest

from hub.plugin import InboundRequest, Notification, Receipt, Source
from hub.testing import FakeContext
from hub_plugin_payments import PaymentsPlugin
from hub_plugin_payments.settings import PaymentsSettings

PAYLOADS = Path(__file__).parent / "payloads"
SETTINGS: Mapping[str, Any] = {
    "to": ["department:5"],
    "stripe": {"secret": "whsec_of_books"},
    "paddle": {"secret": "pdl_ntfset_of_books"},
    "yookassa": {"shop_id": "700100", "secret_key": "live_of_books", "path_secret": "path-secret-of-books"},
    "cloudpayments": {"api_secret": "cp-secret-of-books"},
    "tbank": {"terminal_key": "BOOKS0001", "password": "tbank-pass-of-books"},
    "robokassa": {"password2": "robo-pass-two-of-books"},
}
CONTENT_TYPES = {".json": "application/json", ".form": "application/x-www-form-urlencoded"}
#: One of YooKassa's addresses.
YOOKASSA = "185.71.77.9"


def signed(provider: str, body: bytes, at: datetime) -> dict[str, str]:
    """Return the headers with which *provider* signs *body*; the proofs of the others are elsewhere."""
    seconds = int(at.timestamp())
    match provider:
        case "stripe":
            digest = hmac.new(b"whsec_of_books", f"{seconds}.".encode() + body, hashlib.sha256)
            return {"Stripe-Signature": f"t={seconds},v1={digest.hexdigest()}"}
        case "paddle":
            digest = hmac.new(b"pdl_ntfset_of_books", f"{seconds}:".encode() + body, hashlib.sha256)
            return {"Paddle-Signature": f"ts={seconds};h1={digest.hexdigest()}"}
        case "cloudpayments":
            digest = hmac.new(b"cp-secret-of-books", body, hashlib.sha256)
            return {"Content-HMAC": base64.b64encode(digest.digest()).decode()}
        case _:
            return {}


class Shop:
    """A shop whose providers notify one instance, as the hub would hand it on."""

    def __init__(self, **settings: object) -> None:
        self.ctx = FakeContext("payments", http=httpx.Client(transport=httpx.MockTransport(self._api)))
        self.asked: list[httpx.Request] = []
        #: What YooKassa's API knows, by id; an int is the status it answers with.
        self.yookassa: dict[str, dict[str, Any] | int] = {}
        model = PaymentsSettings.model_validate({**SETTINGS, **settings})
        self.plugin = PaymentsPlugin(model, self.ctx)

    def source(self, path: str) -> Source:
        pattern = "yookassa/{secret}" if path.startswith("yookassa") else path
        return next(source for source in self.plugin.sources() if source.path == pattern)

    def request(self, name: str, body: bytes | None = None, path: str = "") -> InboundRequest:
        """Return the payload *name* (``stripe/intent-succeeded.json``) as its provider sends it."""
        body = (PAYLOADS / name).read_bytes() if body is None else body
        path = path or name.rpartition("/")[0]
        provider = path.partition("/")[0]
        params = {"secret": "path-secret-of-books"} if provider == "yookassa" else {}
        where = "/in/payments/yookassa/path-secret-of-books" if params else f"/in/payments/{path}"
        now = self.ctx.clock.now()
        content_type = CONTENT_TYPES[Path(name).suffix]
        return InboundRequest(
            method="POST",
            url=f"https://hub.example{where}",
            path=where,
            path_params=params,
            headers=(("Content-Type", content_type), *signed(provider, body, now).items()),
            body=body,
            received_at=now,
            client=YOOKASSA if params else "192.0.2.1",
        )

    def source_of(self, request: InboundRequest) -> Source:
        return self.source(request.path.removeprefix("/in/payments/"))

    def verify(self, request: InboundRequest) -> None:
        self.source_of(request).verify(request)

    def accept(self, request: InboundRequest | str) -> Receipt:
        request = self.request(request) if isinstance(request, str) else request
        return self.source_of(request).accept(request)

    def event(self, name: str) -> Any:
        """Return the one event that a payload is."""
        request = self.request(name)
        (event,) = self.source_of(request).parse(request)
        return event

    def tell(self, request: InboundRequest | str) -> Notification:
        """Do what the hub does with a request; it gives one card."""
        request = self.request(request) if isinstance(request, str) else request
        source = self.source_of(request)
        source.verify(request)
        assert source.accept(request).items
        (card,) = source.notify(list(source.parse(request)))
        return card

    def knows(self, *names: str) -> None:
        """Let YooKassa's API know the objects of these notifications."""
        for name in names:
            told = json.loads((PAYLOADS / name).read_bytes())["object"]
            self.yookassa[told["id"]] = told

    def _api(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        known = self.yookassa.get(request.url.path.rpartition("/")[2], 404)
        return httpx.Response(known) if isinstance(known, int) else httpx.Response(200, json=known)


@pytest.fixture
def shop() -> Shop:
    """A shop that takes money through all six providers."""
    return Shop()


@pytest.fixture
def make_shop() -> type[Shop]:
    """Return what makes a shop with other settings: ``make_shop(to=["user:17"])``."""
    return Shop


@pytest.fixture
def changed(shop: Shop) -> Callable[..., InboundRequest]:
    """Return a function that gives a payload, signed anew, with other values.

    ``changed("stripe/intent-succeeded.json", "data.object", amount=1)``; a form has no place.
    """

    def change(name: str, place: str = "", **values: object) -> InboundRequest:
        body = (PAYLOADS / name).read_bytes()
        if name.endswith(".form"):
            return shop.request(name, urlencode(dict(parse_qsl(body.decode())) | values).encode())
        whole = json.loads(body)
        part = whole
        for step in filter(None, place.split(".")):
            part = part[step]
        part |= values
        if name.startswith("tbank/"):
            whole["Token"] = tbank_token(whole)
        return shop.request(name, json.dumps(whole).encode())

    return change


@pytest.fixture
def all_payloads() -> list[str]:
    """Return the names of all payloads."""
    files = (file for file in PAYLOADS.rglob("*") if file.suffix in CONTENT_TYPES)
    return sorted(str(file.relative_to(PAYLOADS)) for file in files)


def tbank_token(fields: Mapping[str, Any], password: str = "tbank-pass-of-books") -> str:
    """Return the token as T-Bank's manual says: plain root values and the password, sorted by name, joined."""
    plain = {name: value for name, value in fields.items() if not isinstance(value, dict | list)}
    plain = {**plain, "Password": password}
    plain.pop("Token", None)
    words = [
        str(value).lower() if isinstance(value, bool) else str(value) for _, value in sorted(plain.items())
    ]
    return hashlib.sha256("".join(words).encode()).hexdigest()


def without(request: InboundRequest, *names: str) -> InboundRequest:
    """Return *request* without headers."""
    kept = tuple(pair for pair in request.headers if pair[0] not in names)
    return replace(request, headers=kept)
