"""A migrated database of each kind, time that passes for it, and rows as the pipeline leaves them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, ColumnElement, text, type_coerce, update
from sqlmodel import Session, SQLModel

from hub.storage.columns import Instant
from hub.storage.database import Database
from hub.storage.ids import IdFactory
from hub.storage.statements import add
from hub.storage.tables import Inbox, NotificationRow, Outbox
from hub.testing import MovedClock


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def empty_database(empty_database_url: str, clock: MovedClock) -> Iterator[Database]:
    """A database without tables."""
    database = Database(empty_database_url, clock)
    yield database
    database.close()


@pytest.fixture
def database(database_url: str, clock: MovedClock) -> Iterator[Database]:
    """A database with the hub's tables."""
    database = Database(database_url, clock)
    yield database
    database.close()


@pytest.fixture
def ids(clock: MovedClock) -> IdFactory:
    return IdFactory(clock)


@pytest.fixture
def now(database: Database) -> Callable[[], datetime]:
    """Return the time by which the database counts."""

    def read() -> datetime:
        with database.read() as session:
            return database.now(session)

    return read


@pytest.fixture
def wait(database: Database, clock: MovedClock) -> Callable[[timedelta], None]:
    """Let time pass: move the clock, or, where the server's own clock counts, make everything kept older."""

    def age(by: timedelta) -> None:
        with database.write() as session:
            for table in SQLModel.metadata.sorted_tables:
                moments = [column for column in table.columns if isinstance(column.type, Instant)]
                if moments:
                    session.execute(update(table).values({each: _earlier(each, by) for each in moments}))

    return clock.move if database.is_sqlite else age


def _earlier(column: Column[datetime], by: timedelta) -> ColumnElement[int]:
    return type_coerce(column, BigInteger) - int(by / timedelta(microseconds=1))


@pytest.fixture
def make(database: Database, now: Callable[[], datetime]) -> Callable[..., None]:
    """Write rows as the pipeline does: an event ``e-KEY``, its notification ``n-KEY``, its delivery ``d-KEY``."""
    ids = IdFactory(_Now(now))

    def make(key: str, event: Any = None, notification: Any = None, delivery: Any = None) -> None:
        with database.write() as session:
            moment = database.now(session)
            if event is not None:
                _event(session, key, moment, event)
            if notification is not None:
                _notification(session, ids, key, moment, notification)
            if delivery is not None:
                _delivery(session, ids, key, moment, delivery)

    return make


class _Now:
    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now


def _event(session: Session, key: str, now: datetime, given: dict[str, Any]) -> None:
    ended = {} if given.get("state", "processed") == "new" else {"finished_at": now}
    row = {
        "instance": "echo",
        "kind": "http",
        "state": "processed",
        "received_at": now,
        "due_at": now,
        **ended,
    }
    add(session, Inbox(**{"id": f"e-{key}", "key": key, "request": {}, **row, **given}))


def _notification(session: Session, ids: IdFactory, key: str, now: datetime, given: dict[str, Any]) -> None:
    row = {
        "id": ids.new("n"),
        "instance": "echo",
        "key": key,
        "kind": "",
        "severity": "",
        "thread": "",
        "content": {},
    }
    add(session, NotificationRow(**{**row, "decision": {}, "origin": f"e-{key}", "created_at": now, **given}))


def _delivery(session: Session, ids: IdFactory, key: str, now: datetime, given: dict[str, Any]) -> None:
    notification = session.execute(
        text("SELECT id FROM notifications WHERE key = :key"), {"key": key}
    ).scalar()
    row = {
        "id": ids.new("d"),
        "notification_id": notification or "n",
        "instance": "echo",
        "key": key,
        "lane": 2,
    }
    ended = {
        "dialog": "1",
        "state": "sent",
        "message_id": "7",
        "due_at": now,
        "created_at": now,
        "finished_at": now,
    }
    add(session, Outbox(**{**row, **ended, **given}))
