"""Statements that run for every event or request go straight to the connection: the ORM costs as much again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.sql.base import Executable
from sqlmodel import Session


def run(
    session: Session,
    statement: Executable,
    values: Mapping[str, object] | Sequence[Mapping[str, object]] | None = None,
) -> CursorResult[Any]:
    """Run *statement* in the transaction of *session*.

    It does not see what was changed in objects of the session and is not flushed yet.
    """
    return session.connection().execute(statement, values)
