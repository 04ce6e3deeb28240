"""The standard tests of a source, once for each way to prove who sends."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from hub.testing import SourceContract
from hub_plugin_alertmanager import AlertmanagerPlugin

PAYLOADS = Path(__file__).parent / "payloads"
A_RETRY = timedelta(seconds=5)


class TestBearer(SourceContract):
    plugin_class = AlertmanagerPlugin
    settings = {"token": "t0ken-of-the-receiver"}
    payloads = PAYLOADS
    repeated_after = A_RETRY

    def auth_headers(self, body: bytes) -> Mapping[str, str]:
        return {"Authorization": "Bearer t0ken-of-the-receiver"}


class TestBasicAtAnEndpointByPut(SourceContract):
    plugin_class = AlertmanagerPlugin
    settings = {"username": "monitoring", "password": "pass-of-the-receiver"}
    payloads = PAYLOADS
    repeated_after = A_RETRY
    source_path = "{endpoint}"
    path_params = {"endpoint": "spb"}
    method = "PUT"

    def auth_headers(self, body: bytes) -> Mapping[str, str]:
        pair = base64.b64encode(b"monitoring:pass-of-the-receiver").decode()
        return {"Authorization": f"Basic {pair}"}


class TestGrafanaSignature(SourceContract):
    plugin_class = AlertmanagerPlugin
    settings = {"hmac_secret": "key-of-the-contact-point", "hmac_timestamp_header": "X-Sent-At"}
    payloads = PAYLOADS
    repeated_after = A_RETRY

    def auth_headers(self, body: bytes) -> Mapping[str, str]:
        seconds = str(int(self.now.timestamp()))
        digest = hmac.new(b"key-of-the-contact-point", f"{seconds}:".encode() + body, hashlib.sha256)
        return {"X-Sent-At": seconds, "X-Grafana-Alerting-Signature": digest.hexdigest()}
