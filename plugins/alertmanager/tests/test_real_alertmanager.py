"""A real Alertmanager sends to a whole hub, from its API to the chat of the sandbox portal."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.testing import HubHarness, InstalledPlugin, running_hub
from hub_plugin_alertmanager import AlertmanagerPlugin
from servers.process import free_port

PROGRAM = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
TOKEN = "t0ken-of-the-receiver"
MINUTES = timedelta(minutes=2)

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        PROGRAM is None, reason="no Alertmanager on PATH; try `apt-get install prometheus-alertmanager`"
    ),
]


class Alertmanager:
    """A running Alertmanager, as Prometheus and its administrator use it."""

    def __init__(self, url: str, log: Path, stop: Callable[[], None]) -> None:
        self.url = url
        self._log = log
        self.stop = stop

    def alert(
        self, name: str, instance: str, *, since: datetime, until: datetime | None = None, **labels: str
    ) -> None:
        """Say that an alert fires, or that it does until a moment that may be over."""
        alert = {
            "labels": {"alertname": name, "instance": instance, **labels},
            "annotations": {"summary": f"{name} at {instance}"},
            "startsAt": since.isoformat(),
            "generatorURL": "http://prometheus.example/graph",
        }
        if until:
            alert["endsAt"] = until.isoformat()
        httpx.post(f"{self.url}/api/v2/alerts", json=[alert]).raise_for_status()

    def silences(self, state: str = "active") -> list[dict[str, Any]]:
        """Return the silences in a state."""
        found = httpx.get(f"{self.url}/api/v2/silences").json()
        return [each for each in found if each["status"]["state"] == state]

    def silence(self, until: datetime, **labels: str) -> None:
        """Silence something as an administrator does."""
        matchers = [{"name": n, "value": v, "isRegex": False, "isEqual": True} for n, v in labels.items()]
        times = {"startsAt": datetime.now(UTC).isoformat(), "endsAt": until.isoformat()}
        body = {"matchers": matchers, "createdBy": "boris", "comment": "planned", **times}
        httpx.post(f"{self.url}/api/v2/silences", json=body).raise_for_status()

    def states(self) -> list[str]:
        """Return how the alerts are that it lists."""
        return [each["status"]["state"] for each in httpx.get(f"{self.url}/api/v2/alerts").json()]

    def log(self) -> str:
        """Return what it has written so far."""
        return self._log.read_text(encoding="utf-8")

    def is_ready(self) -> bool:
        """Say whether it answers."""
        try:
            return httpx.get(f"{self.url}/-/ready").is_success
        except httpx.TransportError:
            return False


@pytest.fixture
def hub_plugins():
    return [InstalledPlugin("alertmanager", AlertmanagerPlugin)]


@pytest.fixture
def hub_settings():
    return {"plugins": {"alertmanager": {"token": TOKEN, "to": ["user:1"]}}}


@pytest.fixture
def start(hub, tmp_path_factory) -> Iterator[Callable[[], Alertmanager]]:
    """Return a function that starts an Alertmanager that sends to the hub."""
    with ExitStack() as stack:

        def start() -> Alertmanager:
            folder = tmp_path_factory.mktemp("alertmanager")
            return stack.enter_context(_running(folder, f"{hub.client.base_url}/in/alertmanager/main"))

        yield start


@pytest.fixture
def alertmanager(start) -> Alertmanager:
    """One Alertmanager that sends to the hub."""
    return start()


@pytest.fixture
def since() -> datetime:
    """When the alerts of a test began."""
    return datetime.now(UTC) - timedelta(minutes=1)


def test_a_firing_alert_is_in_the_chat_within_a_second(hub, alertmanager, since):
    alertmanager.alert("DiskFull", "db-1", since=since, severity="page")
    wait_until(lambda: hub.events)
    wait_until(lambda: hub.shown("1"), seconds=1)
    hub.settle()

    (card,) = hub.shown("1")
    assert "DiskFull at db-1" in card.text
    assert "Open in Alertmanager" in card.buttons
    assert hub.bitrix24.warnings() == []


def test_resolving_edits_the_card_and_a_new_alert_of_the_group_is_posted_anew(hub, alertmanager, since):
    alertmanager.alert("DiskFull", "db-1", since=since)
    wait_until(lambda: hub.shown("1"))
    alertmanager.alert("DiskFull", "db-1", since=since, until=datetime.now(UTC))
    wait_until(lambda: hub.shown("1")[0].edited)
    (card,) = hub.shown("1")
    assert "Resolved" in card.text

    alertmanager.alert("DiskFull", "db-2", since=since)
    wait_until(lambda: len(hub.shown("1")) == 2)
    assert "DiskFull at db-2" in hub.shown("1")[1].text


def test_a_reminder_is_silent(hub, alertmanager, since):
    alertmanager.alert("Nagging", "db-1", since=since)
    wait_until(lambda: hub.shown("1"))
    hub.clock.move(MINUTES)
    wait_until(lambda: "ignored" in states(hub))

    (card,) = hub.shown("1")
    assert not card.edited
    assert len(hub.notifications) == 1


def test_an_alert_that_ended_by_timeout_and_comes_back_is_posted_anew(hub, alertmanager, since):
    soon = timedelta(seconds=1)
    alertmanager.alert("DiskFull", "db-1", since=since, until=datetime.now(UTC) + soon)
    wait_until(lambda: hub.shown("1") and hub.shown("1")[0].edited)
    hub.clock.move(MINUTES)
    alertmanager.alert("DiskFull", "db-1", since=since, until=datetime.now(UTC) + timedelta(hours=1))
    wait_until(lambda: len(hub.shown("1")) == 2)

    assert "Resolved" not in hub.shown("1")[1].text
    first, _, again = (json.loads(event.body)["alerts"][0] for event in hub.events)
    assert (again["status"], again["startsAt"]) == ("firing", first["startsAt"])


def test_what_both_members_of_a_pair_send_is_shown_once(hub, start, since):
    for member in (start(), start()):
        member.alert("DiskFull", "db-1", since=since)
    wait_until(lambda: sum(event.duplicates for event in hub.events) == 1)
    hub.settle()

    assert states(hub) == ["processed"]
    assert len(hub.shown("1")) == 1


def test_a_wrong_token_is_refused_and_nothing_is_stored(hub, alertmanager, since):
    alertmanager.alert("Forged", "db-1", since=since)
    wait_until(lambda: "unexpected status code 401" in alertmanager.log())

    assert hub.events == []
    assert hub.shown("1") == []


SILENCES = ["Silence 1 h", "Silence 4 h", "Until resolved"]


@pytest.fixture
def two_way(start_two_way) -> tuple[HubHarness, Alertmanager]:
    """A hub that knows where its Alertmanager is, with the time of day."""
    return start_two_way()


@pytest.fixture
def start_two_way(tmp_path):
    with ExitStack() as stack:

        def start():
            mine, theirs = free_port(), free_port()
            url = f"http://127.0.0.1:{mine}/in/alertmanager/main"
            alertmanager = stack.enter_context(_running(tmp_path, url, theirs))
            own = {"token": TOKEN, "to": ["oncall:infra"], "api_url": alertmanager.url}
            roster = {
                "layers": [{"users": ["user:1"], "rotation": "1w", "start": "2026-01-05T09:00:00"}],
                "escalation": [{"after": "15m", "to": ["user:33"]}],
            }
            settings = {"plugins": {"alertmanager": own}, "oncall": {"infra": roster}}
            plugins = [InstalledPlugin("alertmanager", AlertmanagerPlugin)]
            hub = stack.enter_context(running_hub(settings, plugins=plugins, port=mine))
            hub.clock.move_to(datetime.now(UTC))
            return hub, alertmanager

        yield start


def test_a_click_silences_in_alertmanager_and_the_end_there_is_on_the_card(two_way, since):
    hub, alertmanager = two_way
    card = fired(hub, alertmanager, since)
    assert card.buttons[:4] == ["Acknowledge", *SILENCES]
    hub.click(1, card, "Acknowledge")
    hub.click(1, now(hub, card), "Until resolved")

    (silence,) = alertmanager.silences()
    assert {each["name"]: each["value"] for each in silence["matchers"]} == {
        "alertname": "DiskFull",
        "instance": "db-1",
        "severity": "page",
    }
    assert "from Bitrix24" in silence["comment"]
    assert silence["createdBy"] == hub.app.portal.user("1").name
    assert "until resolved" in told(now(hub, card), "Silenced")
    wait_until(lambda: alertmanager.states() == ["suppressed"])
    hub.move(timedelta(minutes=1))
    assert "Unsilence" in now(hub, card).buttons
    assert hub.shown("33") == []

    calls = len(hub.events)
    alertmanager.alert("DiskFull", "db-1", since=since, until=datetime.now(UTC), severity="page")
    wait_until(lambda: alertmanager.states() == [])
    for _ in range(8):
        hub.move(timedelta(minutes=1))
    assert "Resolved" in now(hub, card).text
    assert alertmanager.silences() == []
    assert [row for row in hub.events[calls:] if row.kind == "http"] == []  # nobody else told it
    assert hub.bitrix24.warnings() == []


def test_unsilence_ends_it_in_alertmanager_which_then_tells_the_end_itself(two_way, since):
    hub, alertmanager = two_way
    card = fired(hub, alertmanager, since)
    hub.click(1, card, "Silence 4 h")
    assert len(alertmanager.silences()) == 1
    hub.click(1, now(hub, card), "Unsilence")
    assert alertmanager.silences() == []
    assert len(alertmanager.silences("expired")) == 1
    assert now(hub, card).buttons[:3] == SILENCES

    alertmanager.alert("DiskFull", "db-1", since=since, until=datetime.now(UTC), severity="page")
    wait_until(lambda: "Resolved" in now(hub, card).text)


def test_a_silence_of_alertmanager_shows_until_it_expires(two_way, since):
    hub, alertmanager = two_way
    card = fired(hub, alertmanager, since)
    ends = datetime.now(UTC) + timedelta(hours=1)
    alertmanager.silence(ends, instance="db-1")
    wait_until(lambda: alertmanager.states() == ["suppressed"])
    hub.move(timedelta(minutes=1))
    assert "boris" in told(now(hub, card), "Silenced")
    assert not {*SILENCES, "Unsilence"} & set(now(hub, card).buttons)

    hub.clock.move_to(ends)
    hub.settle()
    assert now(hub, card).buttons[:3] == SILENCES


def test_an_alertmanager_that_is_down_is_told_to_who_clicked(two_way, since):
    hub, alertmanager = two_way
    card = fired(hub, alertmanager, since)
    alertmanager.stop()
    hub.click(1, card, "Silence 1 h")
    assert "Alertmanager cannot be reached" in hub.shown("1")[-1].text
    assert now(hub, card).buttons[1:4] == SILENCES


def fired(hub: HubHarness, alertmanager: Alertmanager, since: datetime) -> Any:
    """Let an alert fire and return its card."""
    alertmanager.alert("DiskFull", "db-1", since=since, severity="page")
    wait_until(lambda: hub.shown("1"))
    hub.settle()
    return hub.shown("1")[0]


def now(hub: HubHarness, card: Any) -> Any:
    """Return the card as it is by now."""
    return next(message for message in hub.shown("1") if message.id == card.id)


def told(card: Any, name: str) -> str:
    grid = next((block["GRID"] for block in card.attach["BLOCKS"] if "GRID" in block), [])
    return next((row["VALUE"] for row in grid if row["NAME"] == name), "")


def states(hub) -> list[str]:
    return [event.state for event in hub.events]


def wait_until(is_true: Callable[[], object], *, seconds: float = 15) -> None:
    """Wait for something that another process brings about."""
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, f"did not happen within {seconds} seconds"
        time.sleep(0.01)


@contextmanager
def _running(folder: Path, url: str, port: int = 0) -> Iterator[Alertmanager]:
    config, log, port = folder / "alertmanager.yml", folder / "log", port or free_port()
    config.write_text(json.dumps(_config(url)), encoding="utf-8")  # JSON is YAML
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                str(PROGRAM),
                f"--config.file={config}",
                f"--storage.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                "--cluster.listen-address=",
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        started = Alertmanager(f"http://127.0.0.1:{port}", log, process.kill)
        wait_until(lambda: started.is_ready() or process.poll() is not None)
        assert process.poll() is None, started.log()
        yield started
    finally:
        process.kill()
        process.wait()


def _config(url: str) -> Mapping[str, Any]:
    return {
        "route": {
            "receiver": "hub",
            "group_by": ["alertname"],
            "group_wait": "0s",
            "group_interval": "300ms",
            "repeat_interval": "1h",
            "routes": [
                {"matchers": ['alertname="Nagging"'], "repeat_interval": "300ms"},
                {"matchers": ['alertname="Forged"'], "receiver": "stranger"},
            ],
        },
        "receivers": [_receiver("hub", url, TOKEN), _receiver("stranger", url, "another-token")],
    }


def _receiver(name: str, url: str, token: str) -> Mapping[str, Any]:
    webhook = {"url": url, "http_config": {"authorization": {"credentials": token}}}
    return {"name": name, "webhook_configs": [webhook]}
