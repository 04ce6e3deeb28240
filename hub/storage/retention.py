"""Letting go of what is old, in transactions so small that nobody waits long for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Delete,
    Row,
    and_,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlmodel import Session, col

from hub.plugin import DeliveryState
from hub.storage.chat_tables import Action
from hub.storage.columns import from_micros, to_micros
from hub.storage.counting import count
from hub.storage.database import Database
from hub.storage.fixed import fixed
from hub.storage.serial import one_at_a_time
from hub.storage.states import ActionState, InboxState
from hub.storage.tables import Attempt, Fact, Inbox, NotificationRow, Outbox, Thread
from hub.storage.upsert import upsert

_PAGE = 500
#: A purged event leaves a dozen indexes: so many take some 20 ms.
_EVENTS = 100
_MOST_DELIVERIES = 400
_MOST_BYTES = 8 * 1024 * 1024

_FACT = "bodies-let-go"
_UNFINISHED = col(Outbox.state).in_([fixed(DeliveryState.PENDING), fixed(DeliveryState.SENDING)])
_IS_FINAL = col(Inbox.state) != InboxState.NEW


@dataclass(frozen=True)
class Place:
    """How far somebody came in the order in which things ended; begin with none given."""

    moment: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    id: str = ""


class RetentionRows:
    """Each method does one page and returns where the next one begins, or ``None`` when there is no more."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def now(self) -> datetime:
        """Return the time by which the database counts."""
        with self._database.read() as session:
            return self._database.now(session)

    def let_bodies_go(self, before: datetime) -> Place | None:
        """Forget the raw bodies of events that ended *before*; where it came to is remembered for good."""
        size = func.coalesce(func.length(col(Inbox.body)), 0)
        with self._database.read() as session:
            fact = session.get(Fact, _FACT)
            after = Place() if fact is None else _place(fact.value)
            rows = _ended(session, after, before, size, _PAGE)
        if not rows:
            return None
        rows = rows[: _as_many(rows, _MOST_BYTES)]
        reached = Place(rows[-1].finished_at, rows[-1].id)
        with self._database.write() as session:
            session.execute(
                update(Inbox)
                .where(col(Inbox.id).in_([row.id for row in rows if row.size]), _IS_FINAL)
                .values(body=None)
                .execution_options(synchronize_session=False)
            )
            upsert(session, Fact(name=_FACT, value=[to_micros(reached.moment), reached.id]))
        return reached

    def purge(self, before: datetime, after: Place) -> Place | None:
        """Purge events that ended *before* with all that came of them, where all of that ended before, too."""
        deliveries = (
            select(func.count())
            .select_from(Outbox)
            .join(NotificationRow, col(NotificationRow.id) == col(Outbox.notification_id))
            .where(col(NotificationRow.origin) == col(Inbox.id))
            .scalar_subquery()
        )
        with self._database.read() as session:
            rows = _ended(session, after, before, deliveries, _EVENTS)
        if not rows:
            return None
        rows = rows[: _as_many(rows, _MOST_DELIVERIES)]
        with self._database.write() as session:
            _purge(session, [row.id for row in rows], before)
        return Place(rows[-1].finished_at, rows[-1].id)

    def forget_threads(self, before: datetime, after: Place) -> Place | None:
        """Forget cards that nobody posted, edited or is about to edit since *before*."""
        name = (col(Thread.instance), col(Thread.thread), col(Thread.dialog))
        old = and_(col(Thread.updated_at) > after.moment, col(Thread.updated_at) < before)
        with self._database.read() as session:
            query = select(*name, col(Thread.updated_at)).where(old)
            rows = session.execute(query.order_by(col(Thread.updated_at)).limit(_PAGE)).all()
        if not rows:
            return None
        coming = (
            select(col(Outbox.id))
            .where(
                _UNFINISHED,
                col(Outbox.instance) == col(Thread.instance),
                col(Outbox.thread) == col(Thread.thread),
                col(Outbox.dialog) == col(Thread.dialog),
            )
            .exists()
        )
        with self._database.write() as session:
            # whoever plans an edit of such a card now must see either the card or that it is gone
            one_at_a_time(session, {f"thread {row.instance} {row.thread}" for row in rows})
            names = tuple_(*name).in_([tuple(row[:-1]) for row in rows])
            session.execute(delete(Thread).where(names, old, ~coming))
        return Place(rows[-1].updated_at)


def _ended(session: Session, after: Place, before: datetime, size: Any, most: int) -> Sequence[Row[Any]]:
    """Return the events that ended next, with something to weigh each by."""
    ended = col(Inbox.finished_at)
    beyond = or_(ended > after.moment, col(Inbox.id) > after.id)
    query = select(col(Inbox.id), ended, size.label("size")).where(
        ended >= after.moment, ended < before, beyond
    )
    return session.execute(query.order_by(ended, col(Inbox.id)).limit(most)).all()


def _as_many(rows: Sequence[Row[Any]], most: int) -> int:
    """Return how many of *rows* weigh no more than *most* together; one at least."""
    weight = 0
    for number, row in enumerate(rows):
        weight += row.size
        if weight > most:
            return max(number, 1)
    return len(rows)


def _purge(session: Session, ids: Sequence[str], before: datetime) -> None:
    # who replays or revives something at this very moment keeps it
    free = select(col(Inbox.id)).where(col(Inbox.id).in_(ids), _IS_FINAL, col(Inbox.finished_at) < before)
    events = set(session.scalars(free.with_for_update(skip_locked=True)))
    events -= _unfinished(session, events, before)
    events -= _still_asked(session, events)
    origin = col(NotificationRow.origin).in_(events)
    notifications = select(col(NotificationRow.id)).where(origin)
    deliveries = col(Outbox.notification_id).in_(notifications)
    _delete(
        session, delete(Attempt).where(col(Attempt.delivery_id).in_(select(col(Outbox.id)).where(deliveries)))
    )
    _delete(session, delete(Action).where(col(Action.origin).in_(events)))
    purged = {
        "outbox": _delete(session, delete(Outbox).where(deliveries)),
        "notifications": _delete(session, delete(NotificationRow).where(origin)),
        "inbox": _delete(session, delete(Inbox).where(col(Inbox.id).in_(events))),
    }
    for table, rows in purged.items():
        if rows:
            count(session, table, purged=rows)


def _unfinished(session: Session, events: Collection[str], before: datetime) -> set[str]:
    """Return the *events* of which a delivery is not final for long enough, or in somebody else's hands."""
    ours = (
        select(col(NotificationRow.origin))
        .join(Outbox, col(Outbox.notification_id) == col(NotificationRow.id))
        .where(col(NotificationRow.origin).in_(events))
    )
    ended: ColumnElement[bool] = and_(col(Outbox.finished_at) < before, ~_UNFINISHED, col(Outbox.told))
    free = Counter(session.scalars(ours.where(ended).with_for_update(of=Outbox, skip_locked=True)))
    every = Counter(session.scalars(ours))
    return {event for event, deliveries in every.items() if free[event] < deliveries}


def _still_asked(session: Session, events: Collection[str]) -> set[str]:
    """Return the *events* of which something that a person asked for is not done yet."""
    waits = (ActionState.NEW, ActionState.RUNNING)
    query = select(col(Action.origin)).where(col(Action.origin).in_(events), col(Action.state).in_(waits))
    return set(session.scalars(query))


def _delete(session: Session, statement: Delete) -> int:
    result = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount


def _place(value: Any) -> Place:
    moment, id = value
    return Place(from_micros(moment), id)
