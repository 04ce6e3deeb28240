"""Web processes and workers around PostgreSQL and a broker, killed in turn."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from faults.portal import Portal
from faults.program import Program
from faults.senders import HEADERS, Senders, events
from faults.server import Server, lasting_port
from faults.verdict import assert_shown_once
from faults.waiting import wait_until
from servers import rabbitmq
from servers.process import find, listens, missing, running, scratch_folder

#: An event whose processing does not end.
STUCK = {"number": 1000, "user": 1, "severity": "info", "stuck": True}


@pytest.fixture(params=["redis_url", "rabbitmq_url"], ids=["redis", "rabbitmq"])
def distributed(
    request: pytest.FixtureRequest, portal: Portal, tmp_path: Path, postgres_url: str
) -> Iterator[tuple[Server, list[Program]]]:
    """A ``hub serve`` that only receives, and two workers."""
    broker_url = request.getfixturevalue(request.param)
    server = Server(tmp_path, portal.webhook_url, database_url=postgres_url, broker_url=broker_url)
    with _running(server) as workers:
        yield server, workers


@pytest.mark.faults
@pytest.mark.parametrize("kills", [1, 6])
def test_killed_workers_and_web_processes_lose_and_double_nothing(
    portal: Portal, distributed: tuple[Server, list[Program]], kills: int
) -> None:
    server, workers = distributed
    portal.suffer({"kind": "slow", "seconds": 0.4}, {"kind": "lose", "probability": 0.1})
    with server.rows() as rows, Senders(server.url, events(150 * kills), every=0.05) as senders:
        for kill in range(kills):
            wait_until(lambda: rows.sending() >= 20, within=60, every=0.005, what="a batch is in flight")
            for program in (workers[0], server.program) if kill % 3 == 2 else (workers[kill % 3],):
                program.kill()
                program.start(wait=False)
        wait_until(senders.done, within=120, what="every event is accepted")
        rows.wait_until_settled(within=120)

        assert_shown_once(portal, rows, senders.accepted)


@pytest.mark.faults
def test_the_work_of_a_killed_worker_runs_again_soon(
    portal: Portal, distributed: tuple[Server, list[Program]]
) -> None:
    server, (first, second) = distributed
    second.kill()
    with server.rows() as rows:
        with Senders(server.url, events(8)) as before:
            wait_until(before.done, within=60, what="every event is accepted")
        rows.wait_until_settled(within=60)  # so that all people are known
        portal.suffer({"kind": "slow", "seconds": 60})
        with Senders(server.url, events(40, first=9)) as senders:
            wait_until(lambda: rows.sending() >= 5, within=60, what="deliveries are in flight")
        httpx.post(f"{server.url}/in/patient", json=STUCK, headers=HEADERS).raise_for_status()
        wait_until(lambda: rows.attempts("patient") == 1, within=60, what="an event is being processed")
        second.start()
        portal.suffer()
        first.kill()
        began = time.monotonic()
        wait_until(lambda: rows.attempts("patient") == 2, within=15, what="the event is processed again")
        processed = time.monotonic() - began
        rows.wait_until_delivered(within=15)
        delivered = time.monotonic() - began

        assert_shown_once(portal, rows, before.accepted + senders.accepted)
    print(f"again after the kill: processed {processed:.1f} s, delivered {delivered:.1f} s")


@pytest.mark.faults
@pytest.mark.parametrize("broker", ["redis", "rabbitmq"])
def test_a_broker_that_ends_and_comes_back_empty_loses_nothing(
    portal: Portal, tmp_path: Path, postgres_url: str, broker: str
) -> None:
    port = lasting_port()
    scheme, run = _BROKERS[broker]
    broker_url = scheme.format(port)
    server = Server(tmp_path, portal.webhook_url, database_url=postgres_url, broker_url=broker_url)
    with _running(server), server.rows() as rows:
        with run(port), Senders(server.url, events(200)) as before:
            wait_until(rows.deliveries, within=30, what="the first is delivered")
            wait_until(before.done, within=30, what="every event is accepted")
        with Senders(server.url, events(100, first=201)) as during:
            wait_until(during.done, within=30, what="every event is accepted without a broker")
        with run(port):
            rows.wait_until_settled(within=60)

        assert_shown_once(portal, rows, before.accepted + during.accepted)
    assert dict(during.answers) == {200: 100}


@contextmanager
def _running(server: Server) -> Iterator[list[Program]]:
    server.migrate()
    programs = [server.program, server.worker("first"), server.worker("second")]
    for program in programs:
        program.start(wait=False)
    try:
        for program in programs:
            program.wait_until_up()
        yield programs[1:]
    finally:
        for program in programs:
            program.kill()


@contextmanager
def _redis(port: int) -> Iterator[None]:
    """Run a Redis that forgets everything at its end."""
    program = find("redis-server")
    if program is None:
        missing("redis-server")
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with scratch_folder("redis") as folder, running(command, ready=lambda: listens(port), folder=folder):
        yield


_BROKERS = {
    "redis": ("redis://127.0.0.1:{}/0", _redis),
    "rabbitmq": ("amqp://guest:guest@127.0.0.1:{}/%2F", rabbitmq.serving),
}
