"""Inserting inbox rows over a connection of its own: one statement, one commit, no ORM."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from typing import Any, Protocol

from sqlalchemy.exc import OperationalError

from hub.storage.counting import ADD_UP, POSTGRES_WRITER, SQLITE_WRITER
from hub.storage.database import Database, sqlite_pragmas

#: The order of the values of a row.
COLUMNS = (
    "id", "instance", "kind", "key", "group_key", "state", "reason", "received_at", "request", "body",
    "sealed", "due_at", "finished_at",
)  # fmt: skip

_SERVER_NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"

_MAX_ROWS = 1000  # of one SQLite statement, which takes 32766 values

#: Lets a connection count the rows it inserts in the very statement: the interpreter changes hands for each one.
_COUNT = (
    "CREATE TEMP TRIGGER count_inbox AFTER INSERT ON main.inbox BEGIN"  # noqa: S608 - constants only
    " INSERT INTO ledger (table_name, writer, inserted, purged)"
    f" VALUES ('inbox', {SQLITE_WRITER}, 1, 0) {ADD_UP}; END"
)


class WriteFailed(Exception):
    """The database did not take the row; answer 503."""


class RowsRefused(WriteFailed):
    """The database works but cannot hold one of the rows; those written with it are not to blame."""


#: The id of a row by (instance, key).
Known = dict[tuple[str, str], str]


class Connection(Protocol):
    """What the writer needs."""

    def insert(self, rows: Sequence[tuple[Any, ...]]) -> Known:
        """Insert and commit; return those that were there before, of which one more is counted.

        Raises:
            RowsRefused: nothing was written because of a row.
            WriteFailed: nothing is known to be written; open another connection.
        """

    def close(self) -> None:
        """Close the connection."""


def connect(database: Database) -> Connection:
    """Open a connection.

    Raises:
        WriteFailed: the database cannot be reached.
    """
    return _Sqlite(database) if database.is_sqlite else _Postgres(database)


class _Sqlite:
    _refusals = (sqlite3.DataError, sqlite3.IntegrityError, sqlite3.ProgrammingError, UnicodeEncodeError)

    def __init__(self, database: Database) -> None:
        self._turn = database.turn
        with ExitStack() as unless_ready:
            try:
                self._connection = sqlite3.connect(
                    database.path, isolation_level=None, check_same_thread=False
                )
                unless_ready.callback(self._connection.close)
                for statement in (*sqlite_pragmas(), _COUNT):
                    self._connection.execute(statement)
                level = self._connection.execute("PRAGMA synchronous").fetchone()
            except sqlite3.Error as exc:
                raise WriteFailed("the database cannot be opened") from exc
            if level != (2,):
                raise WriteFailed("SQLite refuses synchronous=FULL")
            unless_ready.pop_all()

    def insert(self, rows: Sequence[tuple[Any, ...]]) -> Known:
        try:
            with self._turn():
                return self._commit(rows)
        except OperationalError as exc:
            raise WriteFailed("the database is locked") from exc

    def _commit(self, rows: Sequence[tuple[Any, ...]]) -> Known:
        try:
            return self._insert(rows) if len(rows) <= _MAX_ROWS else self._insert_many(rows)
        except self._refusals as exc:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise RowsRefused("the database cannot hold one of the rows") from exc
        except sqlite3.Error as exc:  # the writer closes the connection, which rolls back
            raise WriteFailed("the database did not take the rows") from exc

    def _insert_many(self, rows: Sequence[tuple[Any, ...]]) -> Known:
        known: Known = {}
        self._connection.execute("BEGIN IMMEDIATE")
        for start in range(0, len(rows), _MAX_ROWS):
            known |= self._insert(rows[start : start + _MAX_ROWS])
        self._connection.execute("COMMIT")
        return known

    def _insert(self, rows: Sequence[tuple[Any, ...]]) -> Known:
        """Insert rows, and commit them where no transaction is open."""
        # without RETURNING: the interpreter changes hands for each row that is fetched, and hardly any is known
        values = [value for row in rows for value in row]
        if self._connection.execute(_insert_statement(len(rows)), values).rowcount == len(rows):
            return {}
        names = [value for _, instance, _, key, *_ in rows for value in (instance, key)]
        ids = [id for id, *_ in rows]
        with closing(self._connection.execute(repeat_statement(len(rows)), names + ids)) as cursor:
            return {(instance, key): id for id, instance, key in cursor.fetchall()}

    def close(self) -> None:
        self._connection.close()


def _insert_statement(rows: int) -> str:
    marks = "(" + ",".join("?" * len(COLUMNS)) + ", 0, 0)"
    return (
        f"INSERT INTO inbox ({','.join(COLUMNS)}, duplicates, attempts)"  # noqa: S608 - constants only
        f" VALUES {','.join([marks] * rows)} ON CONFLICT (instance, key) DO NOTHING"
    )


def repeat_statement(rows: int) -> str:
    """Return the statement that counts a repeat of those of *rows* that were there; takes names, then new ids."""
    # CROSS JOIN keeps the order: each name is looked up, while any other way SQLite reads the whole table
    return (
        "UPDATE inbox SET duplicates = duplicates + 1 WHERE id IN ("  # noqa: S608 - constants only
        f"SELECT id FROM (VALUES {','.join(['(?, ?)'] * rows)}) AS given"
        " CROSS JOIN inbox ON instance = given.column1 AND key = given.column2"
        f" WHERE id NOT IN ({','.join('?' * rows)})) RETURNING id, instance, key"
    )


class _Postgres:
    def __init__(self, database: Database) -> None:
        import psycopg  # noqa: PLC0415 - an extra

        self._error = psycopg.Error
        # who claims counts by the server's clock, and a row must not be due late because the host's is ahead
        self._statement = _unnest_statement({"due_at": _SERVER_NOW} if database.has_a_clock else {})
        self._refusals = (
            psycopg.DataError,
            psycopg.IntegrityError,
            psycopg.errors.ProgramLimitExceeded,  # a value is too long for an index
            UnicodeEncodeError,
        )
        args, options = database.engine.dialect.create_connect_args(database.url)
        try:
            self._connection = psycopg.connect(*args, **options, autocommit=True)
        except psycopg.Error as exc:
            raise WriteFailed("the database cannot be reached") from exc

    def insert(self, rows: Sequence[tuple[Any, ...]]) -> Known:
        columns = [list(column) for column in zip(*rows, strict=True)]
        try:
            known = self._connection.execute(self._statement, columns).fetchall()
        except self._refusals as exc:
            raise RowsRefused("the database cannot hold one of the rows") from exc
        except self._error as exc:
            raise WriteFailed("the database did not take the rows") from exc
        return {(instance, key): id for id, instance, key in known}

    def close(self) -> None:
        self._connection.close()


def _unnest_statement(instead: Mapping[str, str]) -> str:
    # in the order of the keys, so that two processes that write the same ones do not wait for each other;
    # binary, because psycopg writes values of a text array one by one in Python
    return (
        f"WITH standing AS (INSERT INTO inbox ({','.join(COLUMNS)}, duplicates, attempts)"  # noqa: S608 - constants only
        f" SELECT {','.join(instead.get(column, column) for column in COLUMNS)}, 0, 0"
        " FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[],"
        " %b::text[], %b::text[], %b::text[], %b::bigint[], %b::json[], %b::bytea[], %b::bool[],"
        f" %b::bigint[], %b::bigint[]) AS new({','.join(COLUMNS)}) ORDER BY instance, key"
        " ON CONFLICT (instance, key) DO UPDATE SET duplicates = inbox.duplicates + 1"
        " RETURNING id, instance, key, duplicates),"
        " counted AS (INSERT INTO ledger (table_name, writer, inserted, purged)"
        f" SELECT 'inbox', {POSTGRES_WRITER}, count(*), 0 FROM standing WHERE duplicates = 0"
        f" HAVING count(*) > 0 {ADD_UP})"
        " SELECT id, instance, key FROM standing WHERE duplicates > 0"
    )
