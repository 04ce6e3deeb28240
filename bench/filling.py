"""A database with a long history: the rows that real events left behind, copied back in time by SQL.

Rows are copied column by column as they stand, whatever columns there are: ids and times are moved back, keys get
a number, bodies are removed as retention does. The history ends where the real rows begin and is eighty days long.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from bench.command import Tell
from bench.hubs import Hub, Tables, running, running_portal
from bench.latency import UNLIMITED, post, routes
from faults.waiting import wait_until

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_DAY = 86_400_000  # milliseconds
_LONG = 80 * _DAY
_ORIGINALS = 500
_DIALOGS = 20
_TABLES = ("inbox", "notifications", "outbox", "threads")
_NAMES = ("key", "thread", "group_key")
_TIMES = ("_at", "_until", "_since")
_IDS = ("id", "_id", "origin", "target")


def fill(folder: Path, events: int, tell: Tell) -> tuple[Path, Path]:
    """Make two database files in *folder*, one with 500 finished events, and one with *events*.

    Each event has its notification and its message.
    """
    file, short = folder / "history.db", folder / "short.db"
    with running_portal(folder) as portal:
        tables: Tables = {
            "hub": {"database_url": f"sqlite:///{file}"},
            "routes": routes(portal.dialogs(_DIALOGS)),
        }
        hub = Hub(folder, portal.webhook_url, limits=UNLIMITED, tables=tables)
        with running(hub) as url:
            post(url, portal, [f"h{n:05}" for n in range(_ORIGINALS)], 200.0)
            wait_until(lambda: hub.delivered() >= _ORIGINALS, within=30, what="all messages are recorded")
            hub.stop()
    shutil.copyfile(file, short)
    began = time.monotonic()
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        _copy(connection, events // _ORIGINALS - 1)
    size = file.stat().st_size / 1e9
    tell(f"{events} events of history, {size:.1f} GB, after {time.monotonic() - began:.0f} s")
    return short, file


def _copy(connection: sqlite3.Connection, copies: int) -> None:
    """Copy every row *copies* times, the oldest copies first."""
    connection.create_function("older", 2, _older, deterministic=True)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA cache_size = -1000000")
    connection.execute("BEGIN")
    for table in _TABLES:
        connection.execute(f"CREATE TEMP TABLE original_{table} AS SELECT * FROM {table} ORDER BY 1")
    step = _LONG // max(1, copies)
    for table in _TABLES:
        statement = _statement(connection, table)
        for number in range(copies, 0, -1):
            connection.execute(statement, {"n": number, "ms": number * step})
    for table in _TABLES:
        connection.execute(
            f"UPDATE ledger SET inserted = (SELECT count(*) FROM {table}) + purged WHERE table_name = '{table}'"
        )
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.execute("PRAGMA journal_mode = WAL")


def _statement(connection: sqlite3.Connection, table: str) -> str:
    columns: Sequence[str] = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(_value(column) for column in columns)
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM original_{table}"


def _value(column: str) -> str:
    """Return what a column of a copy holds."""
    if column == "body":
        return "NULL"
    if column in _NAMES:
        return f"CASE WHEN {column} = '' THEN '' ELSE {column} || ':' || :n END"
    if column.endswith(_TIMES):
        return f"{column} - 1000 * :ms"
    if column == "message_id":
        return column
    return f"older({column}, :ms)" if column.endswith(_IDS) else column


def _older(id: str | None, milliseconds: int) -> str | None:
    """Return the id that the hub would have given so much earlier; what is no id stays."""
    if id is None or len(id) != 19:
        return id
    number = 0
    for letter in id[1:]:
        number = number << 5 | _ALPHABET.index(letter)
    number -= milliseconds << 40
    return id[0] + "".join(_ALPHABET[number >> shift & 31] for shift in range(85, -1, -5))
