"""The hub is asked to stop while it works."""

from __future__ import annotations

import httpx
import pytest

from faults.portal import Portal
from faults.senders import HEADERS, Senders, events
from faults.server import Server
from faults.verdict import assert_shown_once
from faults.waiting import wait_until

_STOPS_WITHIN = 10  # seconds; then a supervisor kills


@pytest.mark.faults
@pytest.mark.parametrize(("hangs", "count"), [(0.2, 200), (30, 400)], ids=["works", "hangs"])
def test_sigterm_ends_the_hub_in_time_and_loses_nothing(
    portal: Portal, server: Server, hangs: float, count: int
) -> None:
    """A plugin's thread sleeps for ever meanwhile."""
    stuck = {"number": 1, "user": 1, "severity": "info", "stuck": True}
    httpx.post(f"{server.url}/in/stuck", json=stuck, headers=HEADERS).raise_for_status()
    with server.rows() as rows, Senders(server.url, events(count), every=0.02) as senders:
        wait_until(rows.deliveries, within=20, what="the hub has met the portal")
        portal.suffer({"kind": "slow", "seconds": hangs})
        wait_until(rows.sending, within=40, every=0.005, what="a message is in flight")
        status, seconds = server.program.terminate()
        portal.suffer()
        server.program.start()
        wait_until(senders.done, within=60, what="every event is accepted")
        rows.wait_until_settled(within=60)

        assert_shown_once(portal, rows, senders.accepted)
    assert (status, seconds < _STOPS_WITHIN) == (0, True), seconds
