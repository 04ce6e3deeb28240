"""The hub is killed while it works."""

from __future__ import annotations

import pytest

from faults.portal import Portal
from faults.senders import Senders, events
from faults.server import Rows, Server
from faults.verdict import assert_shown_once
from faults.waiting import wait_until


def _kill_with_a_full_batch_in_flight(server: Server, rows: Rows) -> None:
    wait_until(lambda: rows.sending() >= 50, within=60, every=0.002, what="50 rows are in flight")
    server.program.kill()


def _kill_while_events_are_processed(server: Server, rows: Rows) -> None:
    wait_until(rows.unprocessed, within=60, every=0.002, what="events wait to be processed")
    server.program.kill()


def _kill_while_it_starts(server: Server, rows: Rows) -> None:
    server.program.kill()
    server.program.start(wait=False)
    wait_until(lambda: _is_listening(server), within=60, every=0.002, what="the hub has taken its port")
    server.program.kill()


def _is_listening(server: Server) -> bool:
    return (server.folder / "hub.db.lock").exists()


_KILLS = [
    _kill_with_a_full_batch_in_flight,
    _kill_while_events_are_processed,
    _kill_with_a_full_batch_in_flight,
    _kill_while_it_starts,
    _kill_while_events_are_processed,
]


@pytest.mark.faults
def test_what_was_in_flight_when_the_hub_was_killed_is_shown_once(portal: Portal, server: Server) -> None:
    """Nothing else waits, so nothing but the rows in flight calls for the sender."""
    portal.suffer({"kind": "slow", "seconds": 0.3})
    with server.rows() as rows, Senders(server.url, events(40)) as senders:
        wait_until(senders.done, within=20, what="every event is accepted")
        wait_until(
            lambda: rows.sending() and rows.sending() == rows.unfinished() and not rows.unprocessed(),
            within=20,
            every=0.002,
            what="all that is left is in flight",
        )
        server.program.kill()
        server.program.start()
        rows.wait_until_settled(within=30)

        assert_shown_once(portal, rows, senders.accepted)


@pytest.mark.faults
def test_a_thousand_events_over_ten_kills_are_each_shown_once(portal: Portal, server: Server) -> None:
    portal.suffer({"kind": "slow", "seconds": 0.5}, {"kind": "lose", "probability": 0.1})
    with server.rows() as rows, Senders(server.url, events(1000), every=0.25) as senders:
        for kill in _KILLS * 2:
            kill(server, rows)
            server.program.start()
        wait_until(senders.done, within=120, what="every event is accepted")
        rows.wait_until_settled(within=180)

        assert_shown_once(portal, rows, senders.accepted)
