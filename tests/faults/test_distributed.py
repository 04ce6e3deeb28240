"""Web processes and workers around PostgreSQL and a broker, killed in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.portal import Portal
from faults.program import Program
from faults.senders import Senders, events
from faults.server import Server
from faults.verdict import assert_shown_once
from faults.waiting import wait_until


@pytest.fixture(params=["redis_url", "rabbitmq_url"], ids=["redis", "rabbitmq"])
def distributed(
    request: pytest.FixtureRequest, portal: Portal, tmp_path: Path, postgres_url: str
) -> Iterator[tuple[Server, list[Program]]]:
    """A ``hub serve`` that only receives, and two workers."""
    server = Server(
        tmp_path,
        portal.webhook_url,
        database_url=postgres_url,
        broker_url=request.getfixturevalue(request.param),
    )
    server.migrate()
    programs = [server.program, server.worker("first"), server.worker("second")]
    for program in programs:
        program.start(wait=False)
    for program in programs:
        program.wait_until_up()
    yield server, programs[1:]
    for program in programs:
        program.kill()


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
