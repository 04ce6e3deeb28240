"""What the ledger check asks: is every row there that was inserted, and is every end explained?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, TextClause, bindparam, func, or_, select, text
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col

from hub.storage.columns import Instant
from hub.storage.counting import COUNTED
from hub.storage.database import Database
from hub.storage.fixed import fixed
from hub.storage.ids import first_id
from hub.storage.states import InboxState
from hub.storage.tables import (
    UNEXPLAINED_DELIVERY,
    UNEXPLAINED_EVENT,
    Inbox,
    LedgerCount,
    NotificationRow,
    Outbox,
    PluginStatus,
)

#: So many rows are named of each kind of gap; what is more is of the same kind.
_MOST = 100
#: So many writers may have a row each before their counts are added up.
_MOST_WRITERS = 50

_SINCE, _UNTIL = (bindparam(name, type_=Instant()) for name in ("since", "until"))
_MOMENT, _LONG_AGO = (bindparam(name, type_=Instant()) for name in ("moment", "long_ago"))


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Something that must not be: a row, or with ``row`` empty a whole table."""

    table: str
    row: str = ""
    what: str


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many rows of a table were inserted, and where they are now."""

    inserted: int
    kept: int
    purged: int

    @property
    def missing(self) -> int:
        """Rows that are neither kept nor purged; below zero, rows that nobody inserted."""
        return self.inserted - self.kept - self.purged


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """Events of an instance that nobody takes up although they are due, and what is known of the instance."""

    instance: str
    oldest: str
    rows: int
    status: str | None  #: none = it is not installed
    reason: str
    busy: bool  #: others of its events are being processed


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one look at the database found."""

    tables: Mapping[str, Tally]
    gaps: tuple[Gap, ...]
    overdue: tuple[Overdue, ...]


@dataclass(frozen=True)
class _Rule:
    """What is wrong with a row that was written within a window of time, or is known to be wrong since before."""

    model: type[SQLModel]
    what: str
    fresh: Select[Any]
    known: Select[Any]


def _rule(model: Any, what: str, window: Sequence[ColumnElement[bool]], *wrong: ColumnElement[bool]) -> _Rule:
    broken = select(col(model.id)).where(*wrong).order_by(col(model.id)).limit(_MOST)
    known = col(model.id).in_(bindparam("known", expanding=True))
    return _Rule(model, what, broken.where(*window), broken.where(known))


def _exists(inner: Any, equals: Any) -> ColumnElement[bool]:
    return select(inner).where(inner == equals).exists()


def _ids(model: Any, prefix: str) -> tuple[ColumnElement[bool], ...]:
    return (col(model.id) >= bindparam(f"first_{prefix}"), col(model.id) < bindparam(f"end_{prefix}"))


_RULES = (
    _rule(
        Inbox,
        "processed with neither a notification nor a reason",
        (col(Inbox.finished_at) >= _SINCE, col(Inbox.finished_at) < _UNTIL),
        col(Inbox.state) == InboxState.PROCESSED,
        col(Inbox.reason) == "",
        ~_exists(col(NotificationRow.origin), col(Inbox.id)),
    ),
    _rule(
        NotificationRow,
        "its event is not there",
        _ids(NotificationRow, "n"),
        ~_exists(col(Inbox.id), col(NotificationRow.origin)),
    ),
    _rule(
        NotificationRow,
        "it has neither a delivery nor a reason",
        _ids(NotificationRow, "n"),
        col(NotificationRow.reason) == "",
        ~_exists(col(Outbox.notification_id), col(NotificationRow.id)),
    ),
    _rule(
        Outbox,
        "its notification is not there",
        _ids(Outbox, "d"),
        ~_exists(col(NotificationRow.id), col(Outbox.notification_id)),
    ),
)
#: These look at everything that is kept: indexes hold such rows alone.
_ENDS: tuple[tuple[type[SQLModel], TextClause, str], ...] = (
    (Inbox, UNEXPLAINED_EVENT, "ended without a reason"),
    (Outbox, UNEXPLAINED_DELIVERY, "ended without a message id or a reason"),
)
_IS_NEW = col(Inbox.state) == fixed(InboxState.NEW)
_PUT_OFF = (
    select(col(Inbox.id))
    .where(_IS_NEW, col(Inbox.due_at) > _MOMENT, col(Inbox.attempts) > 0, col(Inbox.reason) == "")
    .limit(_MOST)
)


def _overdue() -> Any:
    earlier: Any = aliased(Inbox)
    behind = (
        select(earlier.id)
        .where(
            earlier.state == fixed(InboxState.NEW),
            earlier.instance == Inbox.instance,
            earlier.group_key == Inbox.group_key,
            earlier.id < Inbox.id,
        )
        .exists()
    )
    return (
        select(col(Inbox.instance), func.min(col(Inbox.id)), func.count())
        .where(
            _IS_NEW,
            col(Inbox.due_at) < _LONG_AGO,
            or_(col(Inbox.claim).is_(None), col(Inbox.lease_until) < _LONG_AGO),
            or_(col(Inbox.group_key).is_(None), ~behind),
        )
        .group_by(col(Inbox.instance))
    )


_OVERDUE = _overdue()
_OF_INSTANCE = col(Inbox.instance) == bindparam("instance")
_HELD = select(col(Inbox.id)).where(_IS_NEW, _OF_INSTANCE, col(Inbox.lease_until) >= _MOMENT).limit(1)
_JUST_DONE = select(col(Inbox.id)).where(_OF_INSTANCE, col(Inbox.finished_at) >= _LONG_AGO).limit(1)

_FOLD = text(
    "WITH old AS (DELETE FROM ledger WHERE (table_name, writer) IN"
    " (SELECT table_name, writer FROM ledger WHERE writer != 'folded' FOR UPDATE SKIP LOCKED)"
    " RETURNING table_name, inserted, purged)"
    " INSERT INTO ledger (table_name, writer, inserted, purged)"
    " SELECT table_name, 'folded', sum(inserted), sum(purged) FROM old GROUP BY table_name ORDER BY table_name"
    " ON CONFLICT (table_name, writer) DO UPDATE"
    " SET inserted = ledger.inserted + excluded.inserted, purged = ledger.purged + excluded.purged"
)


class LedgerRows:
    """Looks at the three tables of which no row may be lost."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        """Return the time by which the database counts."""
        with self._database.read() as session:
            return self._database.now(session)

    def look(self, since: datetime, until: datetime, *, known: Sequence[Gap], patience: timedelta) -> Found:
        """Look at everything at one moment.

        Args:
            since: what was written before is examined already, and its gaps are *known*.
            until: what was written since may not be complete.
            patience: how long an event may be due before it is overdue.
        """
        with self._database.snapshot() as session:
            now = self._database.now(session)
            window: dict[str, object] = {"since": since, "until": until}
            for prefix in "nd":
                window |= {
                    f"first_{prefix}": first_id(prefix, since),
                    f"end_{prefix}": first_id(prefix, until),
                }
            gaps = [gap for rule in _RULES for gap in _broken(session, rule, window, known)]
            gaps += [
                _gap(model, id, what)
                for model, unexplained, what in _ENDS
                for id in session.scalars(_unexplained(model, unexplained))
            ]
            gaps += [_gap(Inbox, id, "put off without a reason") for id in _scalars(session, _PUT_OFF, now)]
            return Found(
                tables=_tallies(session),
                gaps=tuple(dict.fromkeys(gaps)),
                overdue=_find_overdue(session, now, patience),
            )

    def fold(self) -> None:
        """Add up the counts of connections that may have ended; one that has not begins a row again."""
        if self._database.is_sqlite:
            return
        with self._database.write() as session:
            if session.scalars(select(func.count()).select_from(LedgerCount)).one() > _MOST_WRITERS:
                session.execute(_FOLD)


def _broken(session: Session, rule: _Rule, window: Mapping[str, object], known: Sequence[Gap]) -> list[Gap]:
    found = list(session.scalars(rule.fresh, window))
    before = [gap.row for gap in known if gap.table == rule.model.__tablename__ and gap.what == rule.what]
    if before:
        found += session.scalars(rule.known, {"known": before})
    return [_gap(rule.model, id, rule.what) for id in found]


def _gap(model: type[SQLModel], row: str, what: str) -> Gap:
    return Gap(table=str(model.__tablename__), row=row, what=what)


def _unexplained(model: Any, condition: TextClause) -> Select[Any]:
    return select(col(model.id)).where(condition).limit(_MOST)


def _scalars(session: Session, query: Select[Any], now: datetime) -> Sequence[str]:
    return session.scalars(query, {"moment": now}).all()


def _tallies(session: Session) -> dict[str, Tally]:
    totals = select(
        col(LedgerCount.table_name), func.sum(col(LedgerCount.inserted)), func.sum(col(LedgerCount.purged))
    ).group_by(col(LedgerCount.table_name))
    counted = {table: (int(inserted), int(purged)) for table, inserted, purged in session.execute(totals)}
    tallies = {}
    for name in COUNTED:
        kept = session.scalars(select(func.count()).select_from(SQLModel.metadata.tables[name])).one()
        inserted, purged = counted.get(name, (0, 0))
        tallies[name] = Tally(inserted=inserted, kept=kept, purged=purged)
    return tallies


def _find_overdue(session: Session, now: datetime, patience: timedelta) -> tuple[Overdue, ...]:
    moments = {"moment": now, "long_ago": now - patience}
    found = session.execute(_OVERDUE, moments).all()
    told = session.scalars(select(PluginStatus)).all() if found else ()
    # where it works in one process, that one should take its events up
    statuses = {row.instance: row for row in sorted(told, key=lambda row: row.status == "active")}
    overdue = []
    for instance, oldest, rows in found:
        status = statuses.get(instance)
        busy = any(
            session.execute(query, {**moments, "instance": instance}).first() for query in (_HELD, _JUST_DONE)
        )
        overdue.append(
            Overdue(
                instance=instance,
                oldest=oldest,
                rows=rows,
                status=None if status is None else status.status,
                reason="" if status is None else status.reason,
                busy=busy,
            )
        )
    return tuple(overdue)
