"""A migrated database of each kind, and time that passes for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import BigInteger, Column, ColumnElement, type_coerce, update
from sqlmodel import SQLModel

from hub.storage import migrate
from hub.storage.columns import Instant
from hub.storage.database import Database
from hub.storage.ids import IdFactory
from hub.testing import MovedClock


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def empty_database(database_url: str, clock: MovedClock) -> Iterator[Database]:
    """A database without tables."""
    database = Database(database_url, clock)
    yield database
    database.close()


@pytest.fixture
def database(empty_database: Database) -> Database:
    migrate.upgrade(empty_database)
    return empty_database


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
