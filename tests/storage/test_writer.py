"""The accept path's writer: whatever waits shares one commit, and one bad row harms nobody else."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import text

from hub.storage.database import Database
from hub.storage.ids import IdFactory
from hub.storage.inbox import InboxRows
from hub.storage.insert import RowsRefused, WriteFailed, connect, repeat_statement
from hub.storage.tables import Inbox
from hub.storage.writer import InboxWriter, NewRow, WriterFull, Written
from hub.testing import MovedClock


@pytest.fixture
def writer(database: Database, ids: IdFactory) -> Iterator[InboxWriter]:
    """A writer that is not started, so that a test can let things wait."""
    writer = InboxWriter(database, ids)
    yield writer
    writer.stop()


@pytest.fixture
def rows(database: Database) -> InboxRows:
    return InboxRows(database)


@pytest.fixture
def row(clock: MovedClock) -> Callable[..., NewRow]:
    def make(key: str, **changes: Any) -> NewRow:
        given = {
            "instance": "zabbix",
            "received_at": clock.now(),
            "request": json.dumps({"path": "/"}),
            "body": b"{}",
        }
        return NewRow(key=key, **(given | changes))

    return make


def submit(writer: InboxWriter, *rows: NewRow) -> Future[list[Written]]:
    """Queue rows like one request does."""
    future: Future[list[Written]] = Future()

    def done(result: list[Written] | Exception) -> None:
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)

    writer.submit(rows, done)
    return future


def test_row_is_committed_before_the_sender_hears_of_it(writer, rows, row) -> None:
    seen: list[Inbox | None] = []

    def done(result: Sequence[Written]) -> None:
        seen.append(rows.get(result[0].id))

    writer.submit([row("1", body=b"\x00\xff", group="host")], done)
    writer.start()
    writer.stop()

    (kept,) = seen
    assert kept is not None
    assert (kept.state, kept.body, kept.group_key, kept.request) == (
        "new",
        b"\x00\xff",
        "host",
        {"path": "/"},
    )


def test_requests_that_wait_share_one_commit(writer, rows, row) -> None:
    committed: list[int] = []
    for number in range(100):
        writer.submit([row(str(number))], lambda _: committed.append(rows.counts()["new"]))

    writer.start()
    writer.stop()

    assert committed == [100] * 100  # when the first one hears of it, all are there


def test_rows_of_one_request_keep_their_order(writer, rows, row) -> None:
    writer.start()

    written = submit(writer, *(row(str(number)) for number in range(20))).result(10)

    assert [rows.get(each.id).key for each in written] == [str(number) for number in range(20)]
    assert [each.id for each in written] == sorted(each.id for each in written)


def test_more_rows_than_one_statement_takes_are_written(writer, rows, row) -> None:
    writer.start()

    written = submit(writer, *(row(str(number)) for number in range(3000))).result(30)

    assert len({each.id for each in written}) == 3000
    assert rows.counts() == {"new": 3000}


def test_repeat_is_counted_and_gets_the_first_row(writer, rows, row) -> None:
    writer.start()
    (first,) = submit(writer, row("1", body=b"first")).result(10)

    (again,) = submit(writer, row("1", body=b"again")).result(10)

    assert again == Written(id=first.id, duplicate=True)
    assert (rows.get(first.id).body, rows.get(first.id).duplicates) == (b"first", 1)


def test_repeats_that_wait_together_become_one_row(writer, rows, row) -> None:
    waiting = [submit(writer, row("1")) for _ in range(3)]
    writer.start()

    written = [future.result(10)[0] for future in waiting]

    assert [each.duplicate for each in written] == [False, True, True]
    assert len({each.id for each in written}) == 1
    assert rows.get(written[0].id).duplicates == 2


def test_equal_keys_of_two_instances_are_two_rows(writer, row) -> None:
    writer.start()

    written = submit(writer, row("1"), row("1", instance="zabbix-dc2")).result(10)

    assert [each.duplicate for each in written] == [False, False]


def test_rejected_row_is_final_and_says_why(writer, rows, row, clock) -> None:
    writer.start()

    (written,) = submit(writer, row("1", rejected="field 'host' is missing")).result(10)

    kept = rows.get(written.id)
    assert (kept.state, kept.reason, kept.finished_at) == ("rejected", "field 'host' is missing", clock.now())


def test_row_the_database_cannot_hold_fails_alone(writer, rows, row) -> None:
    good = submit(writer, row("1"))
    bad = submit(writer, row("\ud800"))
    good_too = submit(writer, row("2"))
    writer.start()

    with pytest.raises(RowsRefused, match="cannot hold"):
        bad.result(10)

    assert [future.result(10)[0].duplicate for future in (good, good_too)] == [False, False]
    assert rows.counts() == {"new": 2}


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("group", ["nul \0", Random(1).randbytes(9000).hex()], ids=["nul", "too long"])
def test_group_postgres_cannot_hold_fails_alone(writer, row, group: str) -> None:
    good, bad = submit(writer, row("1")), submit(writer, row("2", group=group))
    writer.start()

    with pytest.raises(RowsRefused):
        bad.result(10)

    assert not good.result(10)[0].duplicate


def test_writer_works_again_after_the_database_came_back(writer, database, row) -> None:
    writer.start()
    with database.write() as session:
        session.execute(text("ALTER TABLE inbox RENAME TO away"))
    with pytest.raises(WriteFailed):
        submit(writer, row("1")).result(10)
    with database.write() as session:
        session.execute(text("ALTER TABLE away RENAME TO inbox"))

    assert not submit(writer, row("1")).result(10)[0].duplicate


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_connection_that_cannot_be_prepared_is_closed(database, monkeypatch) -> None:
    with database.write() as session:
        session.execute(text("ALTER TABLE inbox RENAME TO away"))
    opened = []
    really = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *args, **how: opened.append(really(*args, **how)) or opened[-1]
    )

    with pytest.raises(WriteFailed):
        connect(database)

    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[-1].execute("SELECT 1")


def test_stopping_writes_what_waits(writer, rows, row) -> None:
    waiting = [submit(writer, row(str(number))) for number in range(1200)]

    writer.start()
    writer.stop()

    assert all(future.done() for future in waiting)
    assert rows.counts() == {"new": 1200}


def test_stopped_writer_takes_nothing_more(writer, row) -> None:
    writer.start()
    writer.stop()

    with pytest.raises(WriterFull):
        submit(writer, row("1"))


def test_repeats_among_many_are_told_apart(writer, rows, row) -> None:
    writer.start()
    before = submit(writer, row("1"), row("2", instance="kuma"), row("3")).result(10)
    new, again, elsewhere, last = submit(
        writer, row("0"), row("1"), row("2"), row("3", body=b"again")
    ).result(10)

    assert (again.id, last.id) == (before[0].id, before[2].id)
    assert [each.duplicate for each in (new, again, elsewhere, last)] == [False, True, False, True]
    assert [rows.get(each.id).duplicates for each in (*before, new, elsewhere)] == [1, 0, 1, 0, 0]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("many", [1, 25, 1000])
def test_repeats_are_looked_up_however_large_the_table_is(database, many) -> None:
    with sqlite3.connect(database.path) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {repeat_statement(many)}", ["x"] * 3 * many).fetchall()
    connection.close()

    assert [step for *_, step in plan if step.startswith("SCAN inbox")] == []


def test_writer_refuses_more_than_it_may_hold(database, ids, row) -> None:
    writer = InboxWriter(database, ids)  # never started, so nothing leaves the queue
    one = [row("1")]
    for _ in range(10_000):
        writer.submit(one, print)

    with pytest.raises(WriterFull):
        writer.submit(one, print)


def test_writer_refuses_more_bytes_than_it_may_hold(database, ids, row) -> None:
    writer = InboxWriter(database, ids)  # never started, so nothing leaves the queue
    large = [row("1", body=bytes(1024 * 1024))]
    for _ in range(64):
        writer.submit(large, print)

    with pytest.raises(WriterFull):
        writer.submit([row("2", body=b"x")], print)
    writer.submit([row("3", body=b"")], print)


def test_bytes_that_are_written_make_room(writer, row) -> None:
    writer.start()
    for number in range(5):
        submit(writer, row(str(number), body=bytes(16 * 1024 * 1024))).result(30)


def test_two_processes_write_the_same_keys_at_once(database, clock, row) -> None:
    writers = [InboxWriter(database, IdFactory(clock)) for _ in range(2)]
    keys = [str(number) for number in range(300)]
    orders = [keys, keys[::-1]]
    waiting = [submit(writer, *map(row, order)) for writer, order in zip(writers, orders, strict=True)]
    for writer in writers:
        writer.start()

    written = [future.result(30) for future in waiting]
    for writer in writers:
        writer.stop()

    assert sum(each.duplicate for batch in written for each in batch) == 300


def test_a_row_is_due_at_once_although_the_clock_of_the_host_is_ahead(
    writer, rows, row, clock, database, now
) -> None:
    clock.move_to(now() + timedelta(hours=0 if database.is_sqlite else 1))
    writer.start()
    submit(writer, row("a")).result(10)

    assert [each.key for each in rows.claim("zabbix", "token", 10)] == ["a"]
