"""Order under retries: ten thousand messages at random to a portal that fails in every way now and then."""

from __future__ import annotations

import random

import pytest

from faults.portal import PEOPLE, Portal
from faults.senders import Event, Senders
from faults.server import Server
from faults.verdict import assert_planned_order, assert_shown_once
from faults.waiting import wait_until

pytestmark = pytest.mark.faults

_NOW_AND_THEN = (
    {"kind": "lose", "probability": 0.03},
    {"kind": "slow", "seconds": 0.3, "probability": 0.03},
    {"kind": "html", "probability": 0.01},
    {"kind": "fail", "status": 503, "error": "QUERY_LIMIT_EXCEEDED", "probability": 0.01},
    {"kind": "fail", "status": 429, "error": "QUERY_LIMIT_EXCEEDED", "probability": 0.01},
    {"kind": "fail", "status": 500, "error": "INTERNAL_SERVER_ERROR", "probability": 0.01},
)


def _at_random(count: int) -> list[Event]:
    chance = random.Random(count)
    return [
        Event(
            number=number,
            user=chance.choice(PEOPLE),
            severity=chance.choice(("info", "warning", "warning", "error", "critical")),
        )
        for number in range(1, count + 1)
    ]


def test_ten_thousand_messages_at_random_keep_their_order_through_retries(
    portal: Portal, server: Server
) -> None:
    portal.suffer(*_NOW_AND_THEN)
    with server.rows() as rows, Senders(server.url, _at_random(10_000)) as senders:
        wait_until(senders.done, within=240, what="every event is accepted")
        rows.wait_until_settled(within=400)

        assert_shown_once(portal, rows, senders.accepted)
        assert_planned_order(rows)
