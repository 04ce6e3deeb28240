"""The standard tests of a source, for each kind of proof and of body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from hub.plugin import InboundRequest
from hub.testing import SourceContract
from hub_plugin_webhook import WebhookPlugin

from .conftest import PAYLOADS, SENDERS, hubspot


class _Contract(SourceContract):
    plugin_class = WebhookPlugin
    preset = ""

    def __init_subclass__(cls) -> None:
        given, _ = SENDERS[cls.preset]
        cls.settings = {"preset": cls.preset, **given}
        cls.payloads = PAYLOADS / cls.preset

    def auth_headers(self, body: bytes) -> Mapping[str, str]:
        return SENDERS[self.preset][1](body)


class TestPathSecretAndForm(_Contract):
    preset = "amocrm"
    source_path = "{secret}"
    path_params = {"secret": "p4th-s3cret"}

    def forged(self, request: InboundRequest) -> Iterable[InboundRequest]:
        for guess in ("", "p4th", "p4th-s3cret2"):
            yield replace(request, path_params={"secret": guess})


class TestTokenInTheBody(_Contract):
    preset = "retailcrm"

    def forged(self, request: InboundRequest) -> Iterable[InboundRequest]:
        yield replace(request, body=request.body.replace(b"t0ken-of-the-trigger", b"t0ken"))
        yield replace(request, body=b"event=order_status&number=1")


class TestSignatureOfAddressBodyAndTime(_Contract):
    preset = "hubspot"

    def auth_headers(self, body: bytes) -> Mapping[str, str]:
        return hubspot(body, url="https://hub.example/in/example")


class TestIdTimeAndBodySigned(_Contract):
    preset = "standard-webhooks"


class TestBearerAndCloudEvents(_Contract):
    preset = "cloudevents"
