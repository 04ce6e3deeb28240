"""One bucket for every process that calls the portal, whatever else they share."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from hub.app import Hub
from hub.app.limits import bucket_in_database
from hub.bitrix24 import Bounds, SharedBucket
from hub.clock import SystemClock
from hub.sandbox import Sandbox
from hub.settings import Settings
from hub.storage.database import Database

Tables = dict[str, dict[str, Any]]


@pytest.fixture(params=["database", "redis"])
def tables(request: pytest.FixtureRequest, tmp_path: Path) -> Tables:
    """Settings; the test runs once per place of the bucket."""
    broker = request.getfixturevalue("redis_url") if request.param == "redis" else ""
    return {
        "hub": {"database_url": f"sqlite:///{tmp_path}/hub.db", "broker_url": broker},
        # in Redis a new bucket is full, and is empty after half a second
        "bitrix24": {"rate": 100, "burst": 50, "webhook_url": "https://portal.example/rest/1/s3cret/"},
        "bot": {"token": "test-bot-token", "fallback": "user:1"},
    }


@pytest.fixture
def process(tables: Tables) -> Iterator[Callable[..., Hub]]:
    """Make a hub as every process and every command does, not started."""
    hubs = []

    def make(**portal: object) -> Hub:
        own = {**tables, "bitrix24": {**tables["bitrix24"], **portal}}
        hubs.append(Hub(Settings.model_validate(own), plugins=[]))
        return hubs[-1]

    yield make
    for hub in hubs:
        hub.close()


def taken(bucket: SharedBucket) -> int:
    number = 0
    while not bucket.take():
        number += 1
    return number


def test_server_and_command_line_share_one_bucket(process) -> None:
    serve, command = process(rate=0.001), process(rate=0.001)
    serve.limiter._place.add(-49)

    assert taken(serve.limiter) == 39
    assert taken(command.limiter) == 0


def test_restart_does_not_fill_the_bucket(process) -> None:
    before = process(rate=0.001)
    before.limiter._place.add(-49)
    taken(before.limiter)
    before.close()

    assert taken(process(rate=0.001).limiter) == 0


def test_all_clients_of_a_process_share_the_bucket(process) -> None:
    hub = process()

    assert hub.client.limiter is hub._quick_client.limiter is hub.limiter


def test_two_processes_never_exceed_the_portals_limit(tables) -> None:
    with Sandbox.running() as portal:
        portal.limits.rate(50, burst=50)
        tables["bitrix24"].update(rate=50, webhook_url=portal.webhook_url)
        command = [sys.executable, Path(__file__).with_name("caller.py"), json.dumps(tables), "55"]
        processes = [
            subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) for _ in range(2)
        ]
        said = [process.communicate(timeout=60)[1].decode()[-2000:] for process in processes]
        errors = [call.error for call in portal.calls("profile")]

    assert [process.returncode for process in processes] == [0, 0], said
    assert errors == [None] * 110


def test_without_its_row_the_bucket_warns_once_and_goes_on(tmp_path) -> None:
    database = Database(f"sqlite:///{tmp_path}/without-tables.db", SystemClock())
    bucket = bucket_in_database(database, "portal", Bounds.of(1000, 50))

    with capture_logs() as logs:
        for _ in range(20):
            bucket.acquire()
    database.close()

    assert [entry["event"] for entry in logs] == ["requests are counted by this process alone"]
