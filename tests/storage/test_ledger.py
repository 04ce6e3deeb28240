"""What the ledger check finds, and what it must not take for a gap."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from hub.pipeline.ledger import Ledger
from hub.storage.database import Database
from hub.storage.facts import Facts
from hub.storage.ledger import Gap, LedgerRows
from hub.storage.tables import Inbox, LedgerCount, NotificationRow, Outbox, PluginStatus
from hub.storage.upsert import upsert

MINUTE = timedelta(minutes=1)
Make = Callable[..., None]


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(LedgerRows(database), Facts(database))


def what(ledger: Ledger) -> list[tuple[str, str]]:
    return [(gap.table, gap.what) for gap in ledger.check().gaps]


@pytest.mark.parametrize(
    "rows",
    [
        {"event": {}, "notification": {}, "delivery": {}},
        {"event": {}, "notification": {"reason": "suppressed"}},
        {"event": {"reason": "all of it was told before"}},
        {"event": {"state": "rejected", "reason": "not JSON"}},
        {"event": {}, "notification": {}, "delivery": {"state": "pending", "message_id": None}},
        {
            "event": {},
            "notification": {},
            "delivery": {"state": "dead", "message_id": None, "reason": "too old"},
        },
    ],
    ids=["shown", "suppressed", "told before", "rejected", "on its way", "dead"],
)
def test_what_is_explained_is_no_gap(
    ledger: Ledger, make: Make, wait: Callable[[timedelta], None], rows: dict[str, Any]
) -> None:
    make("a", **rows)
    assert ledger.examine() == ()

    wait(2 * MINUTE)
    assert what(ledger) == []


@pytest.mark.parametrize(
    ("rows", "gap"),
    [
        ({"event": {}}, ("inbox", "processed with neither a notification nor a reason")),
        ({"event": {"state": "failed"}}, ("inbox", "ended without a reason")),
        ({"event": {}, "notification": {}}, ("notifications", "it has neither a delivery nor a reason")),
        ({"notification": {"reason": "x"}}, ("notifications", "its event is not there")),
        ({"delivery": {}}, ("outbox", "its notification is not there")),
        (
            {"event": {}, "notification": {}, "delivery": {"message_id": None}},
            ("outbox", "ended without a message id or a reason"),
        ),
        (
            {"event": {}, "notification": {}, "delivery": {"state": "superseded"}},
            ("outbox", "ended without a message id or a reason"),
        ),
    ],
    ids=[
        "no notification",
        "no reason",
        "no delivery",
        "no event",
        "no notification row",
        "no message",
        "no why",
    ],
)
def test_what_nobody_can_explain_is_a_gap(
    ledger: Ledger, make: Make, rows: dict[str, Any], gap: tuple[str, str]
) -> None:
    make("a", **rows)

    assert [(found.table, found.what) for found in ledger.examine()] == [gap]


@pytest.mark.parametrize("table", [Inbox, NotificationRow, Outbox])
def test_a_row_deleted_by_hand_is_found_at_the_next_check(
    ledger: Ledger, make: Make, database: Database, table: Any
) -> None:
    make("a", event={}, notification={}, delivery={})
    assert what(ledger) == []

    with database.write() as session:
        session.execute(delete(table))

    assert (table.__tablename__, "rows missing: 1") in what(ledger)


def test_a_row_put_in_by_hand_is_found(ledger: Ledger, make: Make, database: Database) -> None:
    make("a", event={"state": "new"})
    with database.write() as session:
        session.execute(delete(LedgerCount))

    assert what(ledger) == [("inbox", "rows that were never counted: 1")]


def test_what_may_still_be_under_way_is_no_gap_yet(ledger: Ledger, make: Make) -> None:
    make("a", event={})

    assert what(ledger) == []


def test_a_gap_of_old_is_kept_until_it_is_gone(
    ledger: Ledger, make: Make, database: Database, wait: Callable[[timedelta], None]
) -> None:
    make("a", event={})
    wait(2 * MINUTE)
    gap = Gap(table="inbox", row="e-a", what="processed with neither a notification nor a reason")
    assert ledger.check().gaps == ledger.check().gaps == ledger.last().gaps == (gap,)

    with database.write() as session:
        session.execute(update(Inbox).values(reason="mended by hand"))
    assert ledger.check().gaps == ()


def test_an_event_that_nobody_takes_up_is_a_gap_once_it_is_seen_twice(
    ledger: Ledger, make: Make, database: Database, wait: Callable[[timedelta], None]
) -> None:
    make("a", event={"state": "new"})
    _status(database, "active", "")
    wait(2 * MINUTE)

    assert what(ledger) == []
    assert what(ledger) == [("inbox", "it is due and nobody takes it up")]


@pytest.mark.parametrize("status", ["failing", "misconfigured", None])
def test_events_of_a_plugin_that_does_not_work_wait(
    ledger: Ledger, make: Make, database: Database, wait: Callable[[timedelta], None], status: str | None
) -> None:
    make("a", event={"state": "new"})
    if status:
        _status(database, status, "its database is away")
    wait(2 * MINUTE)
    ledger.check()

    report = ledger.check()
    assert (report.gaps, dict(report.waiting)) == (
        (),
        {"echo": f"{status}: its database is away" if status else "the plugin is not installed"},
    )


@pytest.mark.parametrize("other", [{"claim": "me"}, {"state": "ignored", "reason": "quiet"}])
def test_events_behind_others_wait(
    ledger: Ledger,
    make: Make,
    database: Database,
    now: Callable[[], datetime],
    wait: Callable[[timedelta], None],
    other: dict[str, Any],
) -> None:
    make("a", event={"state": "new"})
    _status(database, "active", "")
    wait(2 * MINUTE)
    make("b", event={"state": "new", "lease_until": now() + MINUTE, **other})
    ledger.check()

    report = ledger.check()
    assert (report.gaps, dict(report.waiting)) == ((), {"echo": "earlier events are being processed"})


def test_an_event_behind_one_of_its_group_that_is_put_off_is_no_gap(
    ledger: Ledger,
    make: Make,
    database: Database,
    now: Callable[[], datetime],
    wait: Callable[[timedelta], None],
) -> None:
    late = {"state": "new", "group_key": "g", "due_at": now() + 10 * MINUTE, "attempts": 1}
    make("a", event={**late, "reason": "the portal is away"})
    make("b", event={"state": "new", "group_key": "g"})
    _status(database, "active", "")
    wait(2 * MINUTE)
    ledger.check()

    assert what(ledger) == []

    make("c", event={**late, "due_at": now() + 10 * MINUTE, "group_key": "h", "reason": ""})
    assert what(ledger) == [("inbox", "put off without a reason")]


def test_counts_of_many_connections_are_added_up(ledger: Ledger, make: Make, database: Database) -> None:
    for key in "abc":
        make(key, event={"state": "new"})
    with database.write() as session:
        for number in range(60):
            session.execute(text(f"INSERT INTO ledger VALUES ('outbox', 'w{number}', 2, 2)"))
    assert what(ledger) == []

    report = ledger.check()
    assert (report.gaps, report.tables["inbox"].kept, report.tables["outbox"].purged) == ((), 3, 120)
    with database.read() as session:
        writers = len(session.scalars(select(LedgerCount)).all())
    assert writers == (61 if database.is_sqlite else 2)


def _status(database: Database, status: str, reason: str) -> None:
    with database.write() as session:
        now = database.now(session)
        told = {"process": "p", "instance": "echo", "since": now, "seen_at": now}
        upsert(session, PluginStatus(**told, status=status, reason=reason))
