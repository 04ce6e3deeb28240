"""The standard tests of a source, with the token alone and with a signature."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta

from hub.testing import SourceContract
from hub_plugin_zabbix import ZabbixPlugin

from .conftest import PAYLOADS, TOKEN

A_RETRY = timedelta(seconds=5)


class TestBearer(SourceContract):
    plugin_class = ZabbixPlugin
    settings = {"token": TOKEN}
    payloads = PAYLOADS
    repeated_after = A_RETRY

    def auth_headers(self, body: bytes) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {TOKEN}"}


class TestEndpoint(TestBearer):
    source_path = "{endpoint}"
    path_params = {"endpoint": "duty"}


class TestSigned(SourceContract):
    plugin_class = ZabbixPlugin
    settings = {"token": TOKEN, "hmac_secret": "secret-of-the-signature"}
    payloads = PAYLOADS
    repeated_after = A_RETRY

    def auth_headers(self, body: bytes) -> Mapping[str, str]:
        seconds = str(int(self.now.timestamp()))
        digest = hmac.new(b"secret-of-the-signature", f"{seconds}.".encode() + body, hashlib.sha256)
        return {
            "Authorization": f"Bearer {TOKEN}",
            "X-Hub-Timestamp": seconds,
            "X-Hub-Signature-256": f"sha256={digest.hexdigest()}",
        }
