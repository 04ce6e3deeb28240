"""From a sender's call to a card in chat: the real app and a real database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from hub.testing import HubHarness, InstalledPlugin, running_hub
from hub_plugin_webhook import WebhookPlugin

from .conftest import PAYLOADS, SENDERS, digest, headers_of

#: Everybody of them sees one sender only, so that the tests do not see each other's cards.
READERS = {"amocrm": 27, "shop": 17, "cloudevents": 1}


@dataclass
class _Way:
    hub: HubHarness

    def send(self, instance: str, payload: str, *, path: str = "", **headers: str):
        file = PAYLOADS / instance / payload
        given = headers_of(file) | SENDERS[instance][1](file.read_bytes()) | headers
        return self.hub.receive(instance, file.read_bytes(), headers=given, path=path)

    def cards(self, instance: str) -> list[str]:
        return [message.text for message in self.hub.shown(str(READERS[instance]))]


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Way]:
    plugins = {
        preset: {"use": "webhook", "preset": preset, **SENDERS[preset][0], "to": [f"user:{READERS[preset]}"]}
        for preset in ("amocrm", "cloudevents")
    }
    shop = {
        "use": "webhook",
        "secret": "key",
        "signature": {"header": "X-Sig"},
        "to": ["user:17"],
        "map": {
            "values": {"number": "body.order", "state": "body.state"},
            "title": "Order {number}: {state}",
            "key": "{{ number }}:{{ body.state }}",
            "thread": "order:{{ number }}",
        },
    }
    broken = {"use": "webhook", "token": "t", "map": {"title": "{{ body.x }"}}
    settings = {
        "hub": {"language": "ru"},
        "plugins": {**plugins, "shop": shop, "broken": broken},
    }
    folder = tmp_path_factory.mktemp("hub")
    with running_hub(settings, plugins=[InstalledPlugin("webhook", WebhookPlugin)], folder=folder) as hub:
        yield _Way(hub)


def test_a_lead_of_amocrm_is_one_living_card_in_the_readers_language(way):
    answers = [
        way.send("amocrm", payload, path="p4th-s3cret").status_code
        for payload in ("lead-added.form", "lead-added.form", "lead-moved-raw-brackets.form")
    ]

    assert answers == [200, 200, 200]
    (card,) = way.cards("amocrm")
    assert "Сделка перешла на другой этап: Chairs" in card


def test_a_wrong_path_secret_is_not_found_and_nothing_is_kept(way):
    before = len(way.hub.events)
    assert way.send("amocrm", "lead-added.form", path="guessed").status_code == 404
    assert way.send("amocrm", "lead-added.form").status_code == 404
    assert len(way.hub.events) == before


def test_a_signed_call_of_a_home_made_sender_is_edited_into_its_card(way):
    for state in ("paid", "sent"):
        body = f'{{"order": "A-1", "state": "{state}"}}'
        answer = way.hub.receive("shop", body, headers={"X-Sig": digest("key", body.encode())})
        assert answer.status_code == 200
    (card,) = way.cards("shop")
    assert "Order A-1: sent" in card


def test_a_forged_call_is_refused_and_nothing_is_kept(way):
    before = len(way.hub.events)
    assert way.hub.receive("shop", b"{}", headers={"X-Sig": "0" * 64}).status_code == 401
    assert len(way.hub.events) == before


def test_a_cloudevents_sender_asks_first_and_then_sends(way):
    asked = way.hub.receive(
        "cloudevents",
        method="OPTIONS",
        headers={"WebHook-Request-Origin": "events.example", "WebHook-Request-Rate": "120"},
    )
    assert (asked.status_code, asked.headers["webhook-allowed-origin"]) == (200, "events.example")
    assert asked.headers["webhook-allowed-rate"] == "*"
    assert way.send("cloudevents", "binary.json").status_code == 200
    assert "example.stock.low: чашки" in way.cards("cloudevents")[-1]


def test_a_mapping_with_a_mistake_stops_only_its_instance_and_is_told_with_its_key(way):
    (instance,) = [each for each in way.hub.app.registry.instances() if each.name == "broken"]
    assert (instance.status, instance.reason.partition(": ")[0]) == (
        "misconfigured",
        "plugins.broken.map.title",
    )
    assert way.hub.receive("broken", b"{}").status_code == 503
