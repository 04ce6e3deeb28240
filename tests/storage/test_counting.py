"""Rows are counted in the transaction that inserts them, so the count and the rows cannot differ."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing

import pytest
from alembic import command
from sqlalchemy import func, select, text

from hub.storage import migrate
from hub.storage.counting import count, write_down
from hub.storage.database import Database
from hub.storage.ids import IdFactory
from hub.storage.statements import add
from hub.storage.tables import Attempt, Inbox, LedgerCount
from hub.storage.writer import InboxWriter, NewRow, Written
from hub.testing import MovedClock


@pytest.fixture
def new(ids: IdFactory, clock: MovedClock) -> Callable[[str], Inbox]:
    def make(key: str) -> Inbox:
        now = clock.now()
        return Inbox(
            id=ids.new("e"), instance="echo", kind="job", key=key, received_at=now, request={}, due_at=now
        )

    return make


def counted(database: Database) -> dict[str, tuple[int, int]]:
    totals = select(
        LedgerCount.table_name, func.sum(LedgerCount.inserted), func.sum(LedgerCount.purged)
    ).group_by(LedgerCount.table_name)
    with database.read() as session:
        return {table: (int(inserted), int(purged)) for table, inserted, purged in session.execute(totals)}


def test_inserted_rows_are_counted(database: Database, new: Callable[[str], Inbox]) -> None:
    for keys in ("ab", "c"):
        with database.write() as session:
            for key in keys:
                add(session, new(key))

    assert counted(database) == {"inbox": (3, 0)}


def test_purged_rows_are_counted_apart(database: Database, new: Callable[[str], Inbox]) -> None:
    with database.write() as session:
        add(session, new("a"))
        count(session, "inbox", purged=2)
        count(session, "outbox", purged=1)

    assert counted(database) == {"inbox": (1, 2), "outbox": (0, 1)}


def test_what_is_rolled_back_does_not_count(database: Database, new: Callable[[str], Inbox]) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        add(session, new("a"))
        raise RuntimeError

    assert counted(database) == {}


def test_other_tables_are_not_counted(database: Database, clock: MovedClock) -> None:
    with database.write() as session:
        add(session, Attempt(id="a", delivery_id="d", at=clock.now(), outcome="refused"))

    assert counted(database) == {}


def test_accepted_rows_count_once_however_often_they_come(
    database: Database, ids: IdFactory, clock: MovedClock
) -> None:
    writer = InboxWriter(database, ids)
    done: Future[list[Written] | Exception] = Future()
    rows = [
        NewRow(instance="echo", key=key, received_at=clock.now(), request="{}", body=b"") for key in "aabcab"
    ]
    writer.submit(rows[:4], lambda result: None)
    writer.submit(rows[4:], done.set_result)
    writer.start()
    writer.stop()

    assert [written.duplicate for written in done.result()] == [True, True]  # type: ignore[union-attr]
    assert counted(database) == {"inbox": (3, 0)}


def test_transactions_do_not_wait_for_each_other_to_count(
    postgres_url: str, clock: MovedClock, new: Callable[[str], Inbox]
) -> None:
    with closing(Database(postgres_url, clock)) as database:
        migrate.upgrade(database)
        with database.write() as first:
            add(first, new("a"))
            write_down(first)
            with database.write() as second:
                second.execute(text("SET LOCAL lock_timeout = '5s'"))
                add(second, new("b"))

        assert counted(database) == {"inbox": (2, 0)}


def test_rows_from_before_the_ledger_count_as_inserted(empty_database: Database, clock: MovedClock) -> None:
    with empty_database.engine.execution_options(hub_write=True).connect() as connection:
        config = migrate._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text(
                "INSERT INTO inbox (id, instance, kind, key, state, reason, received_at, request, sealed,"
                " duplicates, attempts, due_at)"
                " VALUES ('e1', 'echo', 'job', 'a', 'new', '', 0, '{}', false, 0, 0, 0)"
            )
        )
        connection.commit()
    migrate.upgrade(empty_database)

    assert counted(empty_database) == {"inbox": (1, 0)}
