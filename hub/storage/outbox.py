"""Outbox rows: plan them while processing, claim and mark them while delivering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, cast

from sqlalchemy import Row, bindparam, func, literal, select, update
from sqlmodel import Session, SQLModel, col

from hub.plugin import DeliveryState
from hub.storage.columns import Instant
from hub.storage.database import Database
from hub.storage.direct import run
from hub.storage.fixed import fixed
from hub.storage.line import is_anybody_due, next_in_line
from hub.storage.states import Lane
from hub.storage.tables import Attempt, NotificationRow, Outbox, Thread

_NOTIFICATIONS = SQLModel.metadata.tables["notifications"]
_OUTBOX = SQLModel.metadata.tables["outbox"]

# built once and read past the ORM, because they run for every request to the portal
_CLAIM = (
    update(_OUTBOX)
    .where(
        _OUTBOX.c.id.in_(bindparam("chosen", expanding=True)), _OUTBOX.c.state == fixed(DeliveryState.PENDING)
    )
    .values(state=DeliveryState.SENDING, claim=bindparam("token"), attempts=_OUTBOX.c.attempts + 1)
    .returning(*_OUTBOX.c)
)
#: How it was decided is not needed any more, and would have to be read from JSON.
_CONTENT = select(*(column for column in _NOTIFICATIONS.c if column.name != "decision")).where(
    _NOTIFICATIONS.c.id.in_(bindparam("ids", expanding=True))
)
_CARDS = select(col(Thread.instance), col(Thread.thread), col(Thread.dialog), col(Thread.message_id)).where(
    col(Thread.instance).in_(
        bindparam("instances", expanding=True)
    ),  # or history would be read for each request
    col(Thread.thread).in_(bindparam("threads", expanding=True)),
)


_HELD = (
    select(_OUTBOX.c.id)
    .where(_OUTBOX.c.id.in_(bindparam("ids", expanding=True)), _OUTBOX.c.claim == bindparam("token"))
    .with_for_update()
)


class Mark(TypedDict):
    """What an attempt leaves in its row."""

    id: str
    state: str
    reason: str
    attempts: int
    generation: int
    plain: bool
    mode: str
    target: str | None
    message_id: str | None
    due_at: datetime
    in_doubt_since: datetime | None
    finished_at: datetime | None


_MARK = (
    update(_OUTBOX)
    .where(_OUTBOX.c.id == bindparam("new_id"))
    .values(
        claim=None,
        **{
            name: bindparam(f"new_{name}", type_=_OUTBOX.c[name].type)
            for name in Mark.__annotations__
            if name != "id"
        },
    )
)


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """A row that is ours to send, with what it needs.

    Both rows are read-only, and the notification lacks its decision.
    """

    row: Outbox
    notification: NotificationRow
    card: str | None  #: message id of the thread's card in this dialog


class OutboxRows:
    """The rows that delivery claims and marks. There is one sender at a time, by lease."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self) -> bool:
        """Say whether there is something for a sender to do now; rows that one left behind count too."""
        with self._database.read() as session:
            return is_anybody_due(session, self._database.now(session))

    def choose(self, limit: int, *, shares: int = 1, lowest: Lane = Lane.BACKLOG) -> list[str]:
        """Return up to *limit* rows whose turn it is; see :func:`hub.storage.line.next_in_line`."""
        with self._database.read() as session:
            now = self._database.now(session)
            return next_in_line(session, now, limit, shares=shares, lowest=lowest)

    def claim(self, token: str, chosen: Sequence[str]) -> list[Claimed]:
        """Claim rows that were just chosen, without those that were superseded since."""
        with self._database.write() as session:
            claimed = run(session, _CLAIM, {"chosen": chosen, "token": token}).all()
            return _with_content(session, sorted(claimed, key=lambda row: (row.lane, row.id)))

    def reclaim(self, in_use: Sequence[str]) -> int:
        """Make rows due again that were claimed with other tokens; the caller holds the sender's lease.

        Their outcome is unknown, so they are sent again with the same idempotency key.
        """
        left_behind = (
            col(Outbox.state) == fixed(DeliveryState.SENDING),
            col(Outbox.claim).not_in(in_use),
        )
        with self._database.read() as session:
            if session.execute(select(col(Outbox.id)).where(*left_behind).limit(1)).first() is None:
                return 0
        with self._database.write() as session:
            now = self._database.now(session)
            rows = session.execute(
                update(Outbox)
                .where(*left_behind)
                .values(
                    state=DeliveryState.PENDING,
                    claim=None,
                    due_at=now,
                    in_doubt_since=func.coalesce(col(Outbox.in_doubt_since), literal(now, Instant())),
                )
                .returning(col(Outbox.id))
                .execution_options(synchronize_session=False)
            ).all()
            for (id,) in rows:
                _note(session, id, now, "unknown", "the sender ended before the outcome was written down")
            return len(rows)

    def make_due(self) -> None:
        """Let every waiting row be tried at once, because what it waited for is over."""
        with self._database.write() as session:
            now = self._database.now(session)
            session.execute(
                update(Outbox)
                .where(col(Outbox.state) == DeliveryState.PENDING, col(Outbox.due_at) > now)
                .values(due_at=now)
            )

    def get(self, id: str) -> Outbox | None:
        """Return one row."""
        with self._database.read() as session:
            return session.get(Outbox, id)

    def attempts(self, id: str) -> list[Attempt]:
        """Return what went wrong on the way, oldest first."""
        with self._database.read() as session:
            query = select(Attempt).where(col(Attempt.delivery_id) == id).order_by(col(Attempt.at))
            return list(session.scalars(query))

    def counts(self) -> dict[str, int]:
        """Return how many rows are in each state."""
        with self._database.read() as session:
            rows = session.execute(select(col(Outbox.state), func.count()).group_by(col(Outbox.state)))
            return {state: count for state, count in rows}  # noqa: C416

    def untold(self, limit: int) -> list[tuple[Outbox, NotificationRow]]:
        """Return finished rows whose plugin wants to know and was not told yet."""
        with self._database.read() as session:
            rows = session.execute(
                select(Outbox, NotificationRow)
                .join(NotificationRow, col(NotificationRow.id) == col(Outbox.notification_id))
                .where(col(Outbox.told).is_(False), col(Outbox.finished_at).is_not(None))
                .order_by(col(Outbox.id))
                .limit(limit)
            )
            return [(row, notification) for row, notification in rows]

    def mark_told(self, session: Session, id: str) -> None:
        """Remember that the plugin was told, together with what it stored then."""
        session.execute(update(Outbox).where(col(Outbox.id) == id).values(told=True))

    def revive(self, id: str) -> bool:
        """Make a failed, dead or waiting row due now; False when it cannot be sent again.

        It has its seven days again, and its plugin is told of the new end. A refused one gets a new idempotency
        key, because a half-born key is locked at the portal for an hour.
        """
        with self._database.write() as session:
            row = session.get(Outbox, id)
            if row is None or row.state not in ("failed", "dead", "pending"):
                return False
            if row.state == DeliveryState.FAILED:
                row.generation += 1
            row.state, row.reason, row.claim, row.told = DeliveryState.PENDING, "", None, False
            now = self._database.now(session)
            row.due_at, row.created_at, row.finished_at = now, now, None
            return True


def still_claimed(session: Session, token: str, ids: Sequence[str]) -> set[str]:
    """Return which rows are held with *token*, and keep others off them; of the rest nothing may be concluded."""
    return set(run(session, _HELD, {"ids": ids, "token": token}).scalars())


def mark_all(session: Session, marks: Sequence[Mark]) -> None:
    """Change rows that are :func:`still_claimed`, which ends their claim."""
    if marks:
        run(session, _MARK, [{f"new_{name}": value for name, value in mark.items()} for mark in marks])


def note_attempt(session: Session, row: Outbox, at: datetime, outcome: str, detail: str) -> None:
    """Keep what an attempt ended in, for ``hub trace``."""
    _note(session, row.id, at, outcome, detail)


def _note(session: Session, delivery: str, at: datetime, outcome: str, detail: str) -> None:
    count = session.scalars(select(func.count()).where(col(Attempt.delivery_id) == delivery)).one()
    session.add(
        Attempt(
            id=f"{delivery}-{count + 1:04}", delivery_id=delivery, at=at, outcome=outcome, detail=detail[:500]
        )
    )


def _with_content(session: Session, rows: Sequence[Row[Any]]) -> list[Claimed]:
    ids = list({row.notification_id for row in rows})
    notifications = {row.id: row for row in run(session, _CONTENT, {"ids": ids})}
    threads = list({row.thread for row in rows if row.thread})
    instances = list({row.instance for row in rows if row.thread})
    cards = {
        (row.instance, row.thread, row.dialog): row.message_id
        for row in (run(session, _CARDS, {"instances": instances, "threads": threads}) if threads else ())
    }
    return [
        Claimed(
            row=cast(Outbox, row),
            notification=cast(NotificationRow, notifications[row.notification_id]),
            card=cards.get((row.instance, row.thread, row.dialog)) if row.thread else None,
        )
        for row in rows
    ]
