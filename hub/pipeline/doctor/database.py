"""The database and the broker: there, up to date, safe, with room to write."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import text

from hub.pipeline.doctor.finding import Finding, fail, ok, warn
from hub.storage.database import Database

_CHECK = "database"
_TIGHT, _FULL = 1024**3, 100 * 1024**2
_FULL_SYNC = 2


def database(database: Database, can_commit: Callable[[], str]) -> Iterator[Finding]:
    """Check that the database is up to date and can be written.

    Args:
        can_commit: what keeps the hub from accepting events; empty when nothing does.
    """
    trouble = can_commit()
    if trouble:
        yield fail(
            _CHECK, f"cannot be written: {trouble}", "senders get 503 until it can; look at hub.database_url"
        )
        return
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    yield ok(_CHECK, f"{kind} answers, is up to date and can be written")
    if database.is_sqlite:
        yield from _survives(database)


def disk(path: Path) -> Iterator[Finding]:
    """Check the free space where the SQLite file is."""
    free = shutil.disk_usage(path.resolve().parent).free
    said = f"{free / 1024**3:.1f} GiB are free beside the database"
    if free < _FULL:
        yield fail("disk", said, "make room now: without it no event can be accepted")
    elif free < _TIGHT:
        yield warn("disk", said, "make room, or lower hub.retention_days and hub.body_retention_days")
    else:
        yield ok("disk", said)


def broker(state: str) -> Iterator[Finding]:
    """Check the broker, by what a ping of it said."""
    if state == "unreachable":
        yield fail(
            "broker",
            "does not answer",
            "look at hub.broker_url and at the server; meanwhile rows wait in the database",
        )
    else:
        yield ok("broker", "none: one process does everything" if state == "embedded" else "answers")


def _survives(database: Database) -> Iterator[Finding]:
    """Check that a commit survives power loss, and that readers do not wait for writers."""
    with database.read() as session:
        journal = session.execute(text("PRAGMA journal_mode")).scalar_one()
        synchronous = session.execute(text("PRAGMA synchronous")).scalar_one()
    if journal == "wal" and synchronous == _FULL_SYNC:
        yield ok("durability", "WAL with synchronous=FULL: what is accepted survives power loss")
    else:
        message = f"journal_mode={journal}, synchronous={synchronous}"
        yield fail("durability", message, "put the database on a local disk: some network disks refuse WAL")
