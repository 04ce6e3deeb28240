"""From Alertmanager's POST to a card and from a click to its API: the real app, a real database, an API here."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from hub.sandbox import Sandbox
from hub.testing import HubHarness, InstalledPlugin, running_hub
from hub.testing.clock import MovedClock
from hub_plugin_alertmanager import AlertmanagerPlugin

from .silences_api import SilencesApi

TOKEN = "t0ken-of-the-receiver"
PROOF = {"authorization": f"Bearer {TOKEN}"}
MINUTE = timedelta(minutes=1)
SILENCES = ["Silence 1 h", "Silence 4 h", "Until resolved"]


@contextmanager
def serving(api: SilencesApi) -> Iterator[str]:
    """Serve *api* on loopback and return its address."""

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length") or 0))
            request = httpx.Request(self.command, f"http://am{self.path}", content=content)
            answer = api(request)
            self.send_response(answer.status_code)
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_DELETE = _do  # noqa: N815 - names that the server looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/am"
    server.shutdown()
    server.server_close()
    thread.join()


def settings(url: str) -> dict[str, object]:
    levels = [{"after": "15m", "to": ["user:33"]}]
    layers = [{"users": ["user:25"], "rotation": "1w", "start": "2026-01-05T09:00:00"}]
    own = {"token": TOKEN, "api_url": url, "to": ["oncall:infra"]}
    return {
        "plugins": {"alertmanager": {**own, "flap_limit": 4, "flap_window": "10m"}},
        "oncall": {"infra": {"layers": layers, "escalation": levels}},
    }


PLUGINS = [InstalledPlugin("alertmanager", AlertmanagerPlugin)]


@pytest.fixture(scope="module")
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(scope="module")
def api(clock: MovedClock) -> SilencesApi:
    return SilencesApi(clock.now)


@pytest.fixture(scope="module")
def hub(api: SilencesApi, clock: MovedClock) -> Iterator[HubHarness]:
    with serving(api) as url, running_hub(settings(url), plugins=PLUGINS, clock=clock) as hub:
        yield hub
        assert hub.rings.failed == []
        assert hub.bitrix24.warnings() == []
        assert hub.app.ledger.examine() == ()


class Group:
    """A group with one critical alert, of its own for each test."""

    def __init__(self, hub: HubHarness, api: SilencesApi, name: str) -> None:
        self._hub = hub
        self._api = api
        self.labels = {"alertname": name, "instance": "db-1", "severity": "critical"}

    def fires(self, *, minute: int = 0, **labels: str) -> None:
        self.labels |= labels
        self._api.firing = [("f" * 16, self.labels)]
        self._send("firing", minute)

    def ends(self, minute: int = 0) -> None:
        self._api.firing = []
        self._send("resolved", minute)

    def _send(self, status: str, minute: int) -> None:
        started = f"2026-11-22T09:{minute:02}:00Z"
        alert = {"status": status, "labels": self.labels, "startsAt": started, "fingerprint": "f" * 16}
        if status == "resolved":
            alert["endsAt"] = f"2026-11-22T09:{minute:02}:30Z"
        body = {
            "version": "4",
            "groupKey": f"{{}}:{self.labels['alertname']}",
            "status": status,
            "receiver": "hub",
            "groupLabels": {"alertname": self.labels["alertname"]},
            "alerts": [alert],
        }
        self._hub.receive("alertmanager", json.dumps(body), headers=PROOF)


@pytest.fixture
def group(hub, api, request):
    group = Group(hub, api, request.node.name)
    yield group
    group.ends(minute=59)
    hub.move(timedelta(days=1))


def card(hub, user="25"):
    return hub.shown(user)[-1]


def minutes(hub, number):
    for _ in range(number):
        hub.move(MINUTE)


def rows(message):
    return {row["NAME"] for block in message.attach["BLOCKS"] for row in block.get("GRID", ())}


def test_a_silenced_alert_is_one_card_to_its_end_and_nobody_else_is_called(hub, api, group):
    group.fires()
    before = len(hub.shown("33"))
    assert card(hub).buttons == ["Acknowledge", *SILENCES]
    hub.click(25, card(hub), "Until resolved")
    assert "Silenced" in rows(card(hub))
    assert card(hub).buttons == ["Unsilence"]
    assert len(api.active) == 1
    minutes(hub, 20)
    assert len(hub.shown("33")) == before

    api.firing = []
    minutes(hub, 8)
    assert "Resolved" in card(hub).text
    assert api.active == []


def test_acknowledge_stays_on_the_card_when_it_is_silenced(hub, api, group):
    group.fires()
    hub.click(25, card(hub), "Acknowledge")
    assert card(hub).buttons == SILENCES
    hub.click(25, card(hub), "Silence 1 h")
    assert {"Acknowledged", "Silenced"} <= rows(card(hub))
    hub.click(25, card(hub), "Unsilence")
    assert "Acknowledged" in rows(card(hub))
    assert card(hub).buttons == SILENCES


def test_two_clicks_of_two_people_make_one_silence(hub, api, group):
    group.fires()
    hub.move(16 * MINUTE)
    for user in ("25", "33"):
        hub.bitrix24.click(int(user), card(hub, user), "Silence 4 h")
    hub.fetch()
    assert len(api.active) == 1
    assert card(hub).buttons == ["Unsilence"]
    hub.click(33, next(m for m in reversed(hub.shown("33")) if m.buttons), "Unsilence")
    assert api.active == []
    assert card(hub).buttons == SILENCES


def test_an_alertmanager_that_is_away_is_told_to_who_clicked_and_the_card_stays(hub, api, group):
    group.fires()
    shown = card(hub)
    api.answer = httpx.Response(503)
    hub.click(25, shown, "Silence 1 h")
    api.answer = None
    assert "Alertmanager is busy or starting" in card(hub).text
    hub.click(25, next(m for m in hub.shown("25") if m.id == shown.id), "Silence 1 h")
    assert len(api.active) == 1


@pytest.mark.parametrize(
    "change",
    [pytest.param({}, id="resolved"), pytest.param({"severity": "warning"}, id="no-longer-critical")],
)
def test_what_alertmanager_tells_stops_the_escalation_and_the_next_problem_is_escalated(hub, group, change):
    group.fires()
    before = len(hub.shown("33"))
    hub.click(25, card(hub), "Acknowledge")
    if change:
        group.fires(minute=1, **change)
    else:
        group.ends()
    hub.move(20 * MINUTE)
    assert len(hub.shown("33")) == before

    group.fires(minute=2, severity="critical")
    hub.move(16 * MINUTE)
    assert len(hub.shown("33")) == before + 1


def test_recoveries_of_alertmanager_count_as_such_and_silences_do_not(hub, api, group):
    group.fires(severity="info")
    for _ in range(4):
        hub.click(25, card(hub), "Silence 1 h")
        hub.click(25, card(hub), "Unsilence")
        minutes(hub, 1)
    assert not any("flapping" in row.reason for row in hub.notifications)
    for number in range(4):
        group.ends(minute=number)
        group.fires(minute=number + 1)
    assert any("flapping" in row.reason for row in hub.notifications)


def test_the_end_of_a_silence_is_shown_after_a_restart(tmp_path):
    clock = MovedClock()
    api = SilencesApi(clock.now)
    run = {"plugins": PLUGINS, "folder": tmp_path, "clock": clock}
    with serving(api) as url, Sandbox.running() as portal:
        with running_hub(settings(url), sandbox=portal, **run) as hub:
            Group(hub, api, "DiskFull").fires()
            hub.click(25, card(hub), "Silence 1 h")
            assert card(hub).buttons == ["Unsilence"]
        clock.move(timedelta(hours=2))
        with running_hub(settings(url), sandbox=portal, **run) as hub:
            hub.settle()
            assert card(hub).buttons == SILENCES
