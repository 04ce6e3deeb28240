"""A real Alertmanager sends to a whole hub, from its API to the chat of the sandbox portal."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.testing import InstalledPlugin
from hub_plugin_alertmanager import AlertmanagerPlugin

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

    def __init__(self, url: str, log: Path) -> None:
        self._url = url
        self._log = log

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
        httpx.post(f"{self._url}/api/v2/alerts", json=[alert]).raise_for_status()

    def log(self) -> str:
        """Return what it has written so far."""
        return self._log.read_text(encoding="utf-8")

    def is_ready(self) -> bool:
        """Say whether it answers."""
        try:
            return httpx.get(f"{self._url}/-/ready").is_success
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


def states(hub) -> list[str]:
    return [event.state for event in hub.events]


def wait_until(is_true: Callable[[], object], *, seconds: float = 15) -> None:
    """Wait for something that another process brings about."""
    end = time.monotonic() + seconds
    while not is_true():
        assert time.monotonic() < end, f"did not happen within {seconds} seconds"
        time.sleep(0.01)


@contextmanager
def _running(folder: Path, url: str) -> Iterator[Alertmanager]:
    config, log, port = folder / "alertmanager.yml", folder / "log", _free_port()
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
        started = Alertmanager(f"http://127.0.0.1:{port}", log)
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


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
