"""The newest rows of the inbox and the outbox, of one state, of one plugin or of all, quickly among millions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import defer
from sqlmodel import Session

from hub.plugin import DeliveryState
from hub.storage.database import Database
from hub.storage.fixed import fixed
from hub.storage.states import InboxState
from hub.storage.tables import Inbox, Outbox

_READ_TOGETHER = 500


@dataclass(frozen=True)
class _Table:
    """A table whose index by instance, state and id holds the rows that have ended.

    Those that have not are fewer, and have partial indexes of their own. These are in no order of use here;
    so that no database prefers a larger index that is, what waits is chosen and ordered by expressions.
    """

    row: Any
    states: type[StrEnum]
    open: Sequence[StrEnum]

    def are(self, state: str) -> Sequence[ColumnElement[bool]]:
        """Return the conditions of *state*, in the words of the index that holds it."""
        column = self.row.state
        if state in self.open:
            return (column == fixed(state),)
        return (column == fixed(state), column.not_in([fixed(each) for each in self.open]))


_INBOX = _Table(row=Inbox, states=InboxState, open=[InboxState.NEW])
_OUTBOX = _Table(row=Outbox, states=DeliveryState, open=[DeliveryState.PENDING, DeliveryState.SENDING])


class History:
    """Lists for people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def events(
        self, *, state: str | None = None, instance: str | None = None, limit: int = 50
    ) -> list[Inbox]:
        """Return inbox rows without their bodies, the newest first."""
        with self._database.read() as session:
            ids = _newest(session, _INBOX, state, instance, limit)
            return _rows(session, Inbox, ids, defer(Inbox.body, raiseload=True))  # type: ignore[arg-type]

    def deliveries(
        self, *, state: str | None = None, instance: str | None = None, limit: int = 50
    ) -> list[Outbox]:
        """Return outbox rows, the newest first."""
        with self._database.read() as session:
            return _rows(session, Outbox, _newest(session, _OUTBOX, state, instance, limit))


def _newest(
    session: Session, table: _Table, state: str | None, instance: str | None, limit: int
) -> list[str]:
    """Return ids. Each part is read from the end of an index; a sort of all that matches would be slow."""
    row = table.row
    newest = select(row.id).order_by(row.id.desc()).limit(limit)
    if state is None and instance is None:
        return list(session.scalars(newest))
    waiting = select(row.id).order_by(row.id.concat("").desc()).limit(limit)
    parts = []
    for each in [state] if state else table.states:
        conditions = table.are(each)
        if each in table.open:
            of_name = (row.instance.concat("") == instance,) if instance else ()
            parts.append(waiting.where(*conditions, *of_name))
        else:
            names = [instance] if instance else _instances(session, row)
            parts += [newest.where(*conditions, row.instance == name) for name in names]
    found = {id for part in parts for id in session.scalars(part)}
    return sorted(found, reverse=True)[:limit]


def _instances(session: Session, row: Any) -> list[str]:
    """Return the names there are, each found by a step in an index that begins with them."""
    names: list[str] = []
    last = ""
    while (last := session.scalar(select(func.min(row.instance)).where(row.instance > last)) or "") != "":
        names.append(last)
    return names


def _rows(session: Session, row: Any, ids: Sequence[str], *options: Any) -> list[Any]:
    rows: list[Any] = []
    for start in range(0, len(ids), _READ_TOGETHER):
        some = select(row).where(row.id.in_(ids[start : start + _READ_TOGETHER])).options(*options)
        rows += session.scalars(some)
    return sorted(rows, key=lambda each: each.id, reverse=True)
