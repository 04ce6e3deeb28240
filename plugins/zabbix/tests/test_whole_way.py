"""From Zabbix's POST to a card in chat and from a click to Zabbix's API: the real app, a real database, an API here."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from hub.testing import HubHarness, InstalledPlugin, running_hub
from hub_plugin_zabbix import ZabbixPlugin

from .conftest import API_TOKEN, PAYLOADS, TOKEN, changed

PROOF = {"authorization": f"Bearer {TOKEN}"}
NO_MANUAL_CLOSE = "Cannot close problem: trigger does not allow manual closing."


class ZabbixApi(BaseHTTPRequestHandler):
    """Confirms everything but closing."""

    acts: list[dict[str, Any]]

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer: dict[str, Any] = {"result": "7.0.4"}
        if asked["method"] == "event.acknowledge":
            assert self.headers["authorization"] == f"Bearer {API_TOKEN}"
            self.acts.append(asked["params"])
            answer = {"result": {"eventids": asked["params"]["eventids"]}}
            if asked["params"]["action"] & 1:
                answer = {"error": {"code": -32602, "message": "Invalid params.", "data": NO_MANUAL_CLOSE}}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def api() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    acts: list[dict[str, Any]] = []
    handler = type("Api", (ZabbixApi,), {"acts": acts})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", acts
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def hub(api) -> Iterator[HubHarness]:
    own = {"token": TOKEN, "api_url": api[0], "api_token": API_TOKEN, "timezone": "Europe/Moscow"}
    levels = [{"after": "15m", "to": ["user:33"]}]
    layers = [{"users": ["user:25"], "rotation": "1w", "start": "2026-01-05T09:00:00"}]
    settings = {"plugins": {"zabbix": own}, "oncall": {"infra": {"layers": layers, "escalation": levels}}}
    with running_hub(settings, plugins=[InstalledPlugin("zabbix", ZabbixPlugin)]) as hub:
        yield hub
        assert hub.rings.failed == []
        assert hub.bitrix24.warnings() == []
        assert hub.app.ledger.examine() == ()


def post(hub, name, user, **values):
    """Send a call about an event of its own for *user*, who sees nothing else."""
    mine = {"recipient": f"user:{user}", "event_id": f"88{user}", **values}
    return hub.receive("zabbix", changed(name, **mine), headers=PROOF)


def card(hub, user):
    """Return the one message that a person has, and its table."""
    (message,) = hub.shown(str(user))
    grid = next((block["GRID"] for block in message.attach["BLOCKS"] if "GRID" in block), [])
    return message, {row["NAME"]: row["VALUE"] for row in grid}


def test_a_problem_is_acknowledged_suppressed_and_commented_on_and_ends_as_one_message(hub, api):
    answer = post(hub, "problem", 27)
    assert (answer.status_code, answer.text) == (200, "{}")
    post(hub, "problem", 27, alert_subject="a step of the escalation")
    message, table = card(hub, 27)
    assert "Очередь заказов не разбирается" in message.text
    assert table["Started"] == "22 Nov 2026, 12:58"

    for button in ("Acknowledge", "Suppress 1 h"):
        hub.click(27, message, button)
    hub.say(27, "/comment смотрю", reply_to=message.id)
    assert [act["action"] for act in api[1]] == [6, 36, 4]
    assert all("(Bitrix24)" in act["message"] for act in api[1])
    post(hub, "acknowledged-in-zabbix", 27, event_update_message=api[1][0]["message"])
    message = hub.shown("27")[0]
    assert message.buttons == ["Close", "Open", "Runbook"]
    assert {"Acknowledged", "Suppressed until", "Comment"} <= _names(message)
    assert "смотрю" in str(message.attach)

    post(hub, "recovery", 27)
    message = hub.shown("27")[0]
    assert "Resolved" in message.text
    assert message.buttons == ["Open", "Runbook"]


def test_a_refusal_of_zabbix_is_told_to_who_clicked_and_leaves_the_card(hub):
    post(hub, "problem", 17)
    message, before = card(hub, 17)
    hub.click(17, message, "Close")
    hub.click(17, hub.shown("17")[-1], "Yes")
    assert "does not allow to close" in hub.shown("17")[-1].text
    assert "Close" in hub.shown("17")[0].buttons
    assert _names(hub.shown("17")[0]) == before.keys()


def test_a_recovery_that_overtakes_its_problem_is_one_resolved_card(hub):
    post(hub, "recovery", 23)
    assert hub.shown("23") == []
    post(hub, "problem", 23)
    message, _ = card(hub, 23)
    assert "Resolved" in message.text


def test_two_recipients_have_the_card_and_both_see_how_it_ends(hub):
    post(hub, "problem", 1, event_id="777")
    post(hub, "problem", 1, event_id="777", recipient="user:17")
    post(hub, "recovery", 1, event_id="777")
    assert all("Resolved" in hub.shown(user)[-1].text for user in ("1", "17"))


def test_every_kind_of_event_reaches_the_chat(hub):
    before = len(hub.shown("1"))
    names = [file.stem for file in sorted(PAYLOADS.iterdir())]
    for number, name in enumerate(names):
        answer = post(hub, name, 1, event_id=str(5000 + number))
        assert answer.status_code == 200
    opened = [n for n in names if "in-zabbix" not in n and n not in ("recovery", "severity-raised-in-6.0")]
    assert len(hub.shown("1")) - before == len(opened)


@pytest.mark.parametrize(
    ("id", "name", "values"),
    [
        pytest.param("9001", "recovery", {}, id="recovered"),
        pytest.param("9002", "acknowledged-in-zabbix", {}, id="acknowledged-in-zabbix"),
        pytest.param("9003", "suppressed-in-zabbix", {}, id="suppressed-in-zabbix"),
        pytest.param("9004", "severity-raised-in-6.0", {"event_update_nseverity": "2"}, id="lowered"),
    ],
)
def test_what_zabbix_tells_stops_the_escalation(hub, id, name, values):
    mine = {"event_id": id, "recipient": "oncall:infra", "event_nseverity": "5"}
    post(hub, "problem", 25, **mine)
    before = len(hub.shown("33"))
    post(hub, name, 25, **mine, **values)
    hub.move(timedelta(minutes=20))
    assert len(hub.shown("33")) == before


def test_a_click_on_the_one_acknowledge_button_stops_the_escalation_and_a_comment_does_not(hub):
    mine = {"event_id": "9010", "recipient": "oncall:infra", "event_nseverity": "5"}
    post(hub, "problem", 25, **mine)
    before = len(hub.shown("33"))
    told = hub.shown("25")[-1].id
    hub.say(25, "/comment looking", reply_to=told)
    (first,) = [message for message in hub.shown("25") if message.id == told]
    assert first.buttons.count("Acknowledge") == 1
    hub.move(timedelta(minutes=16))
    message = hub.shown("33")[-1]
    assert (len(hub.shown("33")), message.buttons.count("Acknowledge")) == (before + 1, 1)
    hub.click(33, message, "Acknowledge")
    assert {"Told", "Acknowledged"} <= _names(hub.shown("33")[-1])
    assert "Acknowledge" not in hub.shown("33")[-1].buttons


def _names(message):
    return {row["NAME"] for block in message.attach["BLOCKS"] for row in block.get("GRID", ())}


def test_a_discovered_device_reaches_each_recipient_once(hub):
    for recipient in ("user:33", "user:31", "user:31"):
        post(hub, "host-down", 33, recipient=recipient, discovery_device_ip="198.51.100.9")
    for user in ("33", "31"):
        assert sum("198.51.100.9 is down" in message.text for message in hub.shown(user)) == 1
