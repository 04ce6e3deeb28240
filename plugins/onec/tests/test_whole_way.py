"""From 1C's POST to a card in chat: the real app and a real database."""

from __future__ import annotations

import pytest

from hub.testing import InstalledPlugin
from hub_plugin_onec import OnecPlugin

from .conftest import PAYLOADS, SETTINGS, credentials


@pytest.fixture
def hub_settings():
    return {"hub": {"language": "ru"}, "plugins": {"onec": {**SETTINGS, "to": ["user:27"]}}}


@pytest.fixture
def hub_plugins():
    return [InstalledPlugin("onec", OnecPlugin)]


def test_an_order_is_one_card_and_a_repeat_is_told_to_1c(hub):
    def send(payload):
        return hub.receive("onec", (PAYLOADS / payload).read_bytes(), headers=credentials())

    assert send("order-created.json").json() == {"accepted": 1, "duplicates": 0, "errors": []}
    assert send("order-created.json").json() == {"accepted": 0, "duplicates": 1, "errors": []}
    assert "Новый заказ 00УТ-000217" in hub.shown("27")[-1].text
    assert send("order-status-windows-1251.json").status_code == 200
    (card,) = hub.shown("27")
    assert "Заказ 00УТ-000217: К отгрузке" in card.text
    assert hub.receive("onec", b"{}").status_code == 401
    assert len(hub.events) == 2
