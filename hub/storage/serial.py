"""Transactions that must not run side by side."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlmodel import Session


def one_at_a_time(session: Session, names: Collection[str]) -> None:
    """Wait for other transactions that named one of *names*, and hold them until this one ends.

    Call it once for each transaction, or two of them may wait for each other. SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    for name in sorted(names):
        # the server hashes text, which has no NUL
        key = func.hashtextextended(name.replace("\0", " "), 0)
        session.execute(select(func.pg_advisory_xact_lock(key)))
