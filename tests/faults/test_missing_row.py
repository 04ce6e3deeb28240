"""A row that somebody deletes by hand is noticed by the running hub."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import httpx
import pytest

from faults.portal import Portal
from faults.senders import Senders, events
from faults.server import Server
from faults.waiting import wait_until

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("table", ["inbox", "notifications", "outbox"])
def test_a_row_deleted_by_hand_is_reported_within_a_minute(
    portal: Portal, server: Server, table: str
) -> None:
    with server.rows() as rows, Senders(server.url, events(40)) as senders:
        wait_until(senders.done, within=30, what="every event is accepted")
        rows.wait_until_settled(within=30)

    def gaps() -> int:
        return int(httpx.get(f"{server.url}/health/ready", timeout=10).json()["ledger"]["gaps"])

    assert gaps() == 0
    with closing(sqlite3.connect(server.file, timeout=10)) as database, database:
        database.execute(f"DELETE FROM {table} WHERE id = (SELECT min(id) FROM {table})")

    wait_until(lambda: gaps() > 0, within=62, every=0.5, what="the hub says that a row is missing")
    metrics = httpx.get(f"{server.url}/metrics", timeout=10).text
    assert "hub_ledger_gaps 0" not in metrics
