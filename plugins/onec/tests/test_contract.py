"""The standard tests of a source."""

from __future__ import annotations

from collections.abc import Mapping

from hub.testing import SourceContract
from hub_plugin_onec import OnecPlugin

from .conftest import PAYLOADS, SETTINGS, credentials


class TestJson(SourceContract):
    plugin_class = OnecPlugin
    settings = SETTINGS
    payloads = PAYLOADS

    def auth_headers(self, body: bytes) -> Mapping[str, str]:
        return credentials()
