"""The database takes nothing for a while."""

from __future__ import annotations

import pytest

from faults.portal import Portal
from faults.senders import Senders, events
from faults.server import Server, full_disk, locked
from faults.verdict import assert_shown_once
from faults.waiting import wait_until


@pytest.mark.faults
def test_who_gave_up_waiting_for_a_locked_database_may_come_again(portal: Portal, server: Server) -> None:
    with server.rows() as rows, Senders(server.url, events(400), every=0.1, timeout=1) as senders:
        wait_until(lambda: senders.accepted, within=10, what="events come")
        with locked(server.file):
            wait_until(lambda: senders.answers[0], within=10, what="a sender gives up waiting")
        wait_until(senders.done, within=30, what="every event is accepted")
        rows.wait_until_settled(within=30)

        assert_shown_once(portal, rows, senders.accepted)


@pytest.mark.faults
def test_a_database_locked_for_long_is_told_to_senders(portal: Portal, server: Server) -> None:
    portal.suffer({"kind": "slow", "seconds": 0.2})
    with server.rows() as rows, Senders(server.url, events(800), every=0.1) as senders:
        wait_until(rows.sending, within=20, every=0.002, what="a batch is in flight")
        with locked(server.file):
            wait_until(lambda: senders.answers[503] >= 10, within=40, what="senders are told to come again")
        wait_until(senders.done, within=60, what="every event is accepted")
        rows.wait_until_settled(within=60)

        assert_shown_once(portal, rows, senders.accepted)
    assert senders.without_retry_after == 0


@pytest.mark.faults
def test_what_is_acknowledged_around_a_full_disk_is_kept(portal: Portal, server: Server) -> None:
    portal.suffer({"kind": "slow", "seconds": 0.1})
    with server.rows() as rows, Senders(server.url, events(800), every=0.1) as senders:
        wait_until(lambda: senders.accepted, within=20, every=0.002, what="events come")
        with full_disk(server.program.pid):
            wait_until(lambda: senders.answers[503] >= 100, within=40, what="senders are told to come again")
        wait_until(senders.done, within=60, what="every event is accepted")
        rows.wait_until_settled(within=60)

        assert_shown_once(portal, rows, senders.accepted)
    assert senders.without_retry_after == 0
