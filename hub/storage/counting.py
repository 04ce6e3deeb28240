"""Counting rows in the very transaction that inserts or purges them, so that a row that goes astray shows."""

from __future__ import annotations

from functools import cache

from sqlalchemy import TextClause, text
from sqlmodel import Session

from hub.storage.direct import run

#: Of these tables no row may be lost.
COUNTED = ("inbox", "notifications", "outbox")

#: Who counts. SQLite has one writer at a time; on PostgreSQL every connection has a row of its own, so that no
#: transaction waits for another one's commit. Nobody needs to be told apart later: the sum is what counts.
SQLITE_WRITER = "'sqlite'"
POSTGRES_WRITER = "CAST(pg_backend_pid() AS text)"

ADD_UP = (
    "ON CONFLICT (table_name, writer) DO UPDATE"
    " SET inserted = ledger.inserted + excluded.inserted, purged = ledger.purged + excluded.purged"
)

_HELD = "ledger"


def count(session: Session, table: str, *, inserted: int = 0, purged: int = 0) -> None:
    """Remember what *session* did to *table*; :func:`write_down` adds it to the ledger before the commit."""
    if table in COUNTED:
        held: dict[str, tuple[int, int]] = session.info.setdefault(_HELD, {})
        before = held.get(table, (0, 0))
        held[table] = (before[0] + inserted, before[1] + purged)


def write_down(session: Session) -> None:
    """Add what was counted to the ledger, in one statement; call it last, because others may wait for the rows."""
    held: dict[str, tuple[int, int]] | None = session.info.pop(_HELD, None)
    if not held:
        return
    values: dict[str, object] = {}
    for number, (table, (inserted, purged)) in enumerate(sorted(held.items())):
        values |= {f"table_{number}": table, f"inserted_{number}": inserted, f"purged_{number}": purged}
    run(session, _statement(session.get_bind().dialect.name == "sqlite", len(held)), values)


@cache
def _statement(is_sqlite: bool, tables: int) -> TextClause:
    writer = SQLITE_WRITER if is_sqlite else POSTGRES_WRITER
    rows = ", ".join(f"(:table_{n}, {writer}, :inserted_{n}, :purged_{n})" for n in range(tables))
    return text(
        f"INSERT INTO ledger (table_name, writer, inserted, purged) VALUES {rows} {ADD_UP}"  # noqa: S608 - constants
    )
