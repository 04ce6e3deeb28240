"""The standard tests of a source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from hub.testing import SourceContract
from hub_plugin_onec import OnecPlugin
from hub_plugin_onec.exchange.session import COOKIE, Sessions

from .conftest import PAYLOADS, SETTINGS, credentials


class TestJson(SourceContract):
    plugin_class = OnecPlugin
    settings = SETTINGS
    payloads = PAYLOADS

    def auth_headers(self, body: bytes) -> Mapping[str, str]:
        return credentials()


class TestFileOfTheExchange(SourceContract):
    plugin_class = OnecPlugin
    settings = SETTINGS
    payloads = PAYLOADS / "exchange"
    source_path = "exchange"
    raw_query = "type=sale&mode=file&filename=orders.xml"
    repeated_after = timedelta(0)  # every call appends to the file

    def auth_headers(self, body: bytes) -> Mapping[str, str]:
        return {"Cookie": f"{COOKIE}={Sessions('example', SETTINGS['password']).begin(self.now)}"}
