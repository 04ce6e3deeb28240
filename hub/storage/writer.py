"""The accept path's writer: concurrent requests share one commit.

One thread takes whatever is waiting, inserts it with one multi-row statement and commits once, so batches
form by themselves under load. The ORM stays off this path. On SQLite and PostgreSQL a commit returns only
when the rows survive a power cut.
"""

from __future__ import annotations

import json
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from pydantic import JsonValue

from hub.storage.columns import to_micros
from hub.storage.database import Database, sqlite_pragmas
from hub.storage.ids import IdFactory
from hub.storage.states import InboxKind, InboxState

_MAX_WAITING = 10_000
_MAX_BATCH = 500
_COLUMNS = (
    "id", "instance", "kind", "key", "group_key", "state", "reason", "received_at", "request", "body",
    "sealed", "due_at", "finished_at",
)  # fmt: skip


class WriterFull(Exception):
    """More requests wait for a commit than the writer may hold; answer 503."""


class WriteFailed(Exception):
    """The database did not take the row; answer 503."""


@dataclass(frozen=True, kw_only=True)
class NewRow:
    """An inbox row to write; equal (instance, key) is written once and counted."""

    instance: str
    key: str
    group: str | None = None
    received_at: datetime
    request: dict[str, JsonValue]
    body: bytes
    sealed: bool = False
    rejected: str = ""


@dataclass(frozen=True, kw_only=True)
class Written:
    """What became of a row: its id, or the id of the row that was there before."""

    id: str
    duplicate: bool


Done = Callable[["list[Written] | Exception"], None]


@dataclass(frozen=True)
class _Waiting:
    rows: Sequence[NewRow]
    done: Done = field(compare=False)


class _Connection(Protocol):
    def insert(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[str, str, str]]:
        """Insert and commit; return (id, instance, key) of the row that now stands for each."""


class InboxWriter:
    """Writes inbox rows in groups; start it once per web process."""

    def __init__(self, database: Database, ids: IdFactory) -> None:
        self._database = database
        self._ids = ids
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closing = False

    def start(self) -> None:
        """Start the writer's thread."""
        self._thread = threading.Thread(target=self._run, name="inbox-writer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, then end."""
        self._closing = True
        self._waiting.put(None)
        if self._thread is not None:
            self._thread.join()

    def submit(self, rows: Sequence[NewRow], done: Done) -> None:
        """Queue *rows*; *done* is called on the writer's thread after the commit, with one result each.

        Raises:
            WriterFull: too much waits already, or the writer is stopping.
        """
        if self._closing or self._waiting.qsize() >= _MAX_WAITING:
            raise WriterFull
        self._waiting.put(_Waiting(rows, done))

    def _run(self) -> None:
        connection: _Connection | None = None
        ended = False
        while not ended:
            batch, ended = self._next_batch()
            if not batch:
                continue
            try:
                connection = connection or _connect(self._database)
                results: list[Written] | Exception = self._write(
                    connection, [row for waiting in batch for row in waiting.rows]
                )
            except (sqlite3.Error, OSError, WriteFailed) as exc:
                connection = None
                results = exc
            _tell(batch, results)

    def _next_batch(self) -> tuple[list[_Waiting], bool]:
        batch: list[_Waiting] = []
        size = 0
        item = self._waiting.get()
        while item is not None:
            batch.append(item)
            size += len(item.rows)
            if size >= _MAX_BATCH:
                return batch, False
            try:
                item = self._waiting.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _write(self, connection: _Connection, rows: Sequence[NewRow]) -> list[Written]:
        distinct: dict[tuple[str, str], tuple[Any, ...]] = {}
        repeats: list[tuple[Any, ...]] = []
        for row in rows:
            values = self._values(row)
            if (row.instance, row.key) in distinct:
                repeats.append(values)  # one statement must not touch a row twice
            else:
                distinct[(row.instance, row.key)] = values
        standing = {(instance, key): id for id, instance, key in connection.insert(tuple(distinct.values()))}
        for values in repeats:
            connection.insert((values,))
        results = []
        for row in rows:
            name = (row.instance, row.key)
            mine = distinct.pop(name, None)
            results.append(Written(id=standing[name], duplicate=mine is None or mine[0] != standing[name]))
        return results

    def _values(self, row: NewRow) -> tuple[Any, ...]:
        received = to_micros(row.received_at)
        rejected = bool(row.rejected)
        return (
            self._ids.new("e"),
            row.instance,
            InboxKind.HTTP.value,
            row.key,
            row.group,
            (InboxState.REJECTED if rejected else InboxState.NEW).value,
            row.rejected,
            received,
            json.dumps(row.request),
            row.body,
            row.sealed,
            received,
            received if rejected else None,
        )


def _tell(batch: Sequence[_Waiting], results: list[Written] | Exception) -> None:
    if isinstance(results, Exception):
        for waiting in batch:
            waiting.done(results)
        return
    start = 0
    for waiting in batch:
        end = start + len(waiting.rows)
        waiting.done(results[start:end])
        start = end


def _connect(database: Database) -> _Connection:
    return _Sqlite(database) if database.is_sqlite else _Postgres(database)


class _Sqlite:
    def __init__(self, database: Database) -> None:
        self._lock = database.write_lock
        self._connection = sqlite3.connect(database.path, isolation_level=None, check_same_thread=False)
        for pragma in sqlite_pragmas():
            self._connection.execute(pragma)
        if self._connection.execute("PRAGMA synchronous").fetchone() != (2,):
            raise WriteFailed("SQLite refuses synchronous=FULL")

    def insert(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[str, str, str]]:
        marks = "(" + ",".join("?" * len(_COLUMNS)) + ", 0, 0)"
        statement = (
            f"INSERT INTO inbox ({','.join(_COLUMNS)}, duplicates, attempts)"  # noqa: S608 - constants only
            f" VALUES {','.join([marks] * len(rows))}"
            " ON CONFLICT (instance, key) DO UPDATE SET duplicates = inbox.duplicates + 1"
            " RETURNING id, instance, key"
        )
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                with closing(self._connection.execute(statement, [v for row in rows for v in row])) as cursor:
                    standing = cursor.fetchall()
                self._connection.execute("COMMIT")
            except sqlite3.Error:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        return standing


class _Postgres:
    def __init__(self, database: Database) -> None:
        import psycopg  # noqa: PLC0415 - an extra

        self._error = psycopg.Error
        url = database.url.set(drivername="postgresql")
        try:
            self._connection = psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)
        except psycopg.Error as exc:
            raise WriteFailed("the database cannot be reached") from exc

    def insert(self, rows: Sequence[tuple[Any, ...]]) -> list[tuple[str, str, str]]:
        statement = (
            f"INSERT INTO inbox ({','.join(_COLUMNS)}, duplicates, attempts)"  # noqa: S608 - constants only
            f" SELECT {','.join(_COLUMNS)}, 0, 0 FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[],"
            " %s::text[], %s::text[], %s::text[], %s::bigint[], %s::json[], %s::bytea[], %s::bool[],"
            f" %s::bigint[], %s::bigint[]) AS new({','.join(_COLUMNS)})"
            " ON CONFLICT (instance, key) DO UPDATE SET duplicates = inbox.duplicates + 1"
            " RETURNING id, instance, key"
        )
        columns = [list(column) for column in zip(*rows, strict=True)]
        try:
            return self._connection.execute(statement, columns).fetchall()
        except self._error as exc:
            raise WriteFailed("the database did not take the rows") from exc
