"""The portal is down, or takes requests and does not answer."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from faults.portal import Portal
from faults.senders import Senders, events
from faults.server import Server
from faults.verdict import assert_shown_once
from faults.waiting import wait_until

_LONGEST_PAUSE = timedelta(seconds=15) + timedelta(seconds=1)  # and what waking up takes on a busy machine


@pytest.mark.faults
@pytest.mark.parametrize(("seconds", "count"), [(15, 200), (60, 300)])
def test_an_outage_of_the_portal_delays_and_harms_nothing(
    portal: Portal, server: Server, seconds: float, count: int
) -> None:
    with server.rows() as rows, Senders(server.url, events(8)) as before:
        wait_until(lambda: before.done() and not rows.unprocessed(), within=30, what="people were looked up")
        rows.wait_until_settled(within=30)
    portal.suffer({"kind": "down"})
    since, began = portal.last_request(), time.monotonic()
    with server.rows() as rows, Senders(server.url, events(count, first=9)) as senders:
        wait_until(senders.done, within=30, what="every event is accepted while the portal is down")
        assert dict(senders.answers) == {200: count}
        wait_until(lambda: time.monotonic() - began > seconds, within=seconds + 10, what="the outage is over")
        probes = [
            probe
            for probe in portal.requests(since)
            if "Chat.Message" in f"{probe['method']} {probe['params']}"
        ]
        attempts = [row.attempts for row in rows.deliveries()]
        portal.suffer()
        rows.wait_until_settled(within=60)

        assert_shown_once(portal, rows, before.accepted + senders.accepted)
    assert max(attempts, default=0) <= 1
    # the first request did not know yet
    assert {len(probe["params"].get("cmd", "1")) for probe in probes[1:]} <= {1}
    moments = [datetime.fromisoformat(probe["at"]) for probe in probes]
    pauses = [later - earlier for earlier, later in pairwise(moments)]
    assert max(pauses, default=_LONGEST_PAUSE) <= _LONGEST_PAUSE, [str(pause) for pause in pauses]


@pytest.mark.faults
@pytest.mark.parametrize(("hangs", "count"), [(5, 100), (30, 300)])
def test_a_portal_that_hangs_holds_up_no_sender(
    portal: Portal, server: Server, hangs: float, count: int
) -> None:
    portal.suffer({"kind": "slow", "seconds": hangs})
    with server.rows() as rows, Senders(server.url, events(count)) as senders:
        wait_until(senders.done, within=30, what="every event is accepted while the portal hangs")
        portal.suffer()
        rows.wait_until_settled(within=hangs + 60)

        assert_shown_once(portal, rows, senders.accepted)
    assert dict(senders.answers) == {200: count}
    assert senders.slowest < 1
