"""What is old goes, whole and counted; what anybody still needs stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import Session, SQLModel, col

from hub.pipeline.ledger import Ledger
from hub.pipeline.retention import Retention
from hub.storage import retention
from hub.storage.database import Database
from hub.storage.facts import Facts
from hub.storage.ledger import LedgerRows
from hub.storage.retention import RetentionRows
from hub.storage.tables import Attempt, Inbox, NotificationRow, Outbox, Thread

DAY = timedelta(days=1)
Make = Callable[..., None]
Wait = Callable[[timedelta], None]


@pytest.fixture
def turn(database: Database) -> Callable[[], None]:
    """Let go of events after 10 days and of bodies after 2; the ledger must be even afterwards."""
    rows = RetentionRows(database)
    keeping = Retention(rows, keep=10 * DAY, keep_bodies=2 * DAY, pause=lambda seconds: None)

    def turn() -> None:
        keeping.turn()
        assert Ledger(LedgerRows(database), Facts(database)).examine() == ()

    return turn


@pytest.fixture
def left(database: Database) -> Callable[[type[SQLModel]], list[Any]]:
    """Return the rows of a table that are left."""

    def left(model: type[SQLModel]) -> list[Any]:
        with database.read() as session:
            return list(session.scalars(select(model)))

    return left


@pytest.fixture
def families(left: Callable[[type[SQLModel]], list[Any]]) -> Callable[[], list[tuple[str, ...]]]:
    """Return the keys that are left of events, of notifications and of deliveries."""
    return lambda: [
        tuple(sorted(row.key for row in left(model))) for model in (Inbox, NotificationRow, Outbox)
    ]


def test_an_old_event_goes_with_all_that_came_of_it(
    make: Make, wait: Wait, turn: Callable[[], None], left: Any, families: Any, database: Database
) -> None:
    make("old", event={}, notification={}, delivery={})
    make("old", delivery={"dialog": "2", "state": "failed", "reason": "refused"})
    with database.write() as session:
        for row in session.scalars(select(Outbox)):
            session.add(Attempt(id=f"{row.id}-1", delivery_id=row.id, at=row.created_at, outcome="refused"))
    wait(9 * DAY)
    make("new", event={}, notification={}, delivery={})
    turn()
    assert families() == [("new", "old"), ("new", "old"), ("new", "old", "old")]

    wait(2 * DAY)
    turn()
    assert families() == [("new",), ("new",), ("new",)]
    assert left(Attempt) == []


@pytest.mark.parametrize(
    "delivery",
    [{"state": "pending"}, {"state": "sending"}, {"told": False}],
    ids=["waiting", "on its way", "its plugin was not told"],
)
def test_a_family_that_is_not_finished_stays_whole(
    make: Make, wait: Wait, turn: Callable[[], None], families: Any, delivery: dict[str, Any]
) -> None:
    make("a", event={}, notification={}, delivery={})
    make("a", delivery={"dialog": "2", **delivery})
    wait(11 * DAY)
    turn()

    assert families() == [("a",), ("a",), ("a", "a")]


def test_a_family_whose_last_delivery_ended_lately_stays_whole(
    make: Make, wait: Wait, turn: Callable[[], None], families: Any
) -> None:
    make("a", event={}, notification={}, delivery={})
    wait(11 * DAY)
    make("a", delivery={"dialog": "2"})
    turn()

    assert families() == [("a",), ("a",), ("a", "a")]


def test_an_event_that_waits_stays(make: Make, wait: Wait, turn: Callable[[], None], families: Any) -> None:
    make("a", event={"state": "new"})
    make("b", event={"state": "ignored", "reason": "nothing to tell"})
    wait(11 * DAY)
    turn()

    assert families()[0] == ("a",)


def test_more_than_fits_into_one_transaction_goes_too(
    make: Make,
    wait: Wait,
    turn: Callable[[], None],
    families: Any,
    left: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for limit in ("_PAGE", "_EVENTS", "_MOST_DELIVERIES"):
        monkeypatch.setattr(retention, limit, 2)
    make("stays", event={"body": b"x"}, notification={}, delivery={"state": "pending"})
    for number in range(5):
        make(f"{number}", event={"body": b"x"}, notification={}, delivery={})
        make(f"{number}", delivery={"dialog": "2"})
        make(f"{number}", delivery={"dialog": "3"})
    wait(11 * DAY)
    turn()

    assert families() == [("stays",)] * 3
    assert [row.body for row in left(Inbox)] == [None]


def test_bodies_go_before_their_events(make: Make, wait: Wait, turn: Callable[[], None], left: Any) -> None:
    make("old", event={"body": b"old", "reason": "told before"})
    make("waits", event={"body": b"waits", "state": "new"})
    wait(3 * DAY)
    make("new", event={"body": b"new", "reason": "told before"})
    turn()

    assert {row.key: row.body for row in left(Inbox)} == {"old": None, "waits": b"waits", "new": b"new"}


def test_a_body_that_ran_again_is_kept_from_its_new_end(
    make: Make, wait: Wait, turn: Callable[[], None], left: Any, database: Database
) -> None:
    make("a", event={"body": b"a", "reason": "told before"})
    make("b", event={"body": b"b", "state": "new"})
    wait(3 * DAY)
    with database.write() as session:
        ended = {"state": "ignored", "reason": "quiet", "finished_at": database.now(session)}
        session.execute(update(Inbox).where(col(Inbox.key) == "b").values(**ended))
    turn()
    assert {row.key: row.body for row in left(Inbox)} == {"a": None, "b": b"b"}

    if database.is_sqlite:  # elsewhere the rows would grow older, and not the place that was reached
        wait(3 * DAY)
        turn()
        assert {row.key: row.body for row in left(Inbox)} == {"a": None, "b": None}


def test_a_card_that_nobody_touches_is_forgotten(
    make: Make, wait: Wait, turn: Callable[[], None], left: Any, database: Database
) -> None:
    with database.write() as session:
        for thread in ("old", "coming"):
            _card(session, thread, database.now(session))
    make("a", event={}, notification={}, delivery={"thread": "coming", "state": "pending"})
    wait(11 * DAY)
    with database.write() as session:
        _card(session, "edited", database.now(session))
    turn()

    assert sorted(row.thread for row in left(Thread)) == ["coming", "edited"]


def _card(session: Session, thread: str, now: datetime) -> None:
    card = {"instance": "echo", "thread": thread, "dialog": "1", "message_id": "7", "delivery_id": "d"}
    session.add(Thread(**card, updated_at=now))
