"""The standard tests of a source, once for each address of a provider."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import httpx

from hub.plugin import InboundRequest
from hub.testing import FakeContext, MovedClock, SourceContract
from hub_plugin_payments import PaymentsPlugin

from .conftest import PAYLOADS, SETTINGS, signed


def other(body: bytes, old: bytes, new: bytes) -> bytes:
    assert old in body
    return body.replace(old, new, 1)


class Provider(SourceContract):
    plugin_class = PaymentsPlugin
    settings = SETTINGS
    __test__ = False

    def auth_headers(self, body: bytes) -> Mapping[str, str]:
        return signed(self.source_path.partition("/")[0], body, self.now)


class TestStripe(Provider):
    __test__ = True
    source_path = "stripe"
    payloads = PAYLOADS / "stripe"


class TestPaddle(Provider):
    __test__ = True
    source_path = "paddle"
    payloads = PAYLOADS / "paddle"


class TestCloudPaymentsPay(Provider):
    __test__ = True
    source_path = "cloudpayments/pay"
    payloads = PAYLOADS / "cloudpayments/pay"


class TestCloudPaymentsFail(Provider):
    __test__ = True
    source_path = "cloudpayments/fail"
    payloads = PAYLOADS / "cloudpayments/fail"


class TestCloudPaymentsRefund(Provider):
    __test__ = True
    source_path = "cloudpayments/refund"
    payloads = PAYLOADS / "cloudpayments/refund"


class TestTBank(Provider):
    __test__ = True
    source_path = "tbank"
    payloads = PAYLOADS / "tbank"

    def forged(self, request: InboundRequest) -> Iterable[InboundRequest]:
        fields = json.loads(request.body)
        for values in ({"Amount": 1}, {"Token": "0" * 64}, {"Token": None}, {"TerminalKey": "OTHER"}):
            yield replace(request, body=json.dumps(fields | values).encode())


class TestRobokassa(Provider):
    __test__ = True
    source_path = "robokassa"
    payloads = PAYLOADS / "robokassa"

    def forged(self, request: InboundRequest) -> Iterable[InboundRequest]:
        for old, new in (
            (b"OutSum=", b"OutSum=9"),
            (b"InvId=", b"InvId=9"),
            (b"SignatureValue", b"Signature"),
        ):
            yield replace(request, body=other(request.body, old, new))


class TestYooKassa(Provider):
    __test__ = True
    source_path = "yookassa/{secret}"
    path_params: ClassVar[Mapping[str, str]] = {"secret": "path-secret-of-books"}
    payloads = PAYLOADS / "yookassa"
    settings: ClassVar = {
        **SETTINGS,
        "yookassa": {**SETTINGS["yookassa"], "networks": ["192.0.2.0/24"]},  # where the contract calls from
    }

    def forged(self, request: InboundRequest) -> Iterable[InboundRequest]:
        yield replace(request, path_params={"secret": "path-secret-of-bookz"})
        yield replace(request, path_params={})
        for client in ("192.0.3.1", "2001:db8::1", "::ffff:192.0.3.1", "", "unix:"):
            yield replace(request, client=client)

    def context(self) -> FakeContext:
        http = httpx.Client(transport=httpx.MockTransport(_api))
        return FakeContext("example", clock=MovedClock(self.now), http=http)


def _api(request: httpx.Request) -> httpx.Response:
    """Know what the payloads say."""
    for file in Path(PAYLOADS / "yookassa").iterdir():
        told = json.loads(file.read_bytes())["object"]
        if told["id"] == request.url.path.rpartition("/")[2]:
            return httpx.Response(200, json=told)
    return httpx.Response(404)
