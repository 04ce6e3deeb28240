"""One misfortune after the other in a few seconds; the long versions are in the other files."""

from __future__ import annotations

import httpx
import pytest

from faults.portal import Portal
from faults.senders import HEADERS, Senders, events
from faults.server import Server, full_disk, locked
from faults.verdict import assert_shown_once
from faults.waiting import wait_until


@pytest.mark.faults
def test_a_series_of_misfortunes_loses_nothing_and_shows_nothing_twice(
    portal: Portal, server: Server
) -> None:
    stuck = {"number": 1, "user": 1, "severity": "info", "stuck": True}
    httpx.post(f"{server.url}/in/stuck", json=stuck, headers=HEADERS).raise_for_status()
    with server.rows() as rows, Senders(server.url, events(400), every=0.1, timeout=1) as senders:

        def accepted_more(than: int) -> bool:
            return len(senders.accepted) > than

        wait_until(lambda: portal.shown(1), within=20, what="a message is shown")

        portal.suffer({"kind": "slow", "seconds": 0.3}, {"kind": "lose", "probability": 0.5})
        wait_until(rows.sending, within=10, every=0.002, what="a message is in flight")
        server.program.kill()
        server.program.start()

        portal.suffer({"kind": "down"})
        wait_until(lambda: len(portal.requests()) > 2, within=10, what="the portal is tried while it is down")

        portal.suffer({"kind": "slow", "seconds": 1})
        before = len(senders.accepted)
        wait_until(lambda: accepted_more(before + 10), within=10, what="events are accepted while it hangs")

        with locked(server.file):
            before = senders.answers[0]
            wait_until(lambda: senders.answers[0] > before, within=10, what="a sender gives up waiting")
        with full_disk(server.program.pid):
            wait_until(lambda: senders.answers[503], within=10, what="a sender is told to come again")

        status, seconds = server.program.terminate()
        portal.suffer()
        server.program.start()
        senders.hurry()
        wait_until(senders.done, within=20, what="every event is accepted")
        rows.wait_until_settled(within=30)

        assert_shown_once(portal, rows, senders.accepted)
    assert (status, seconds < 10) == (0, True), seconds
