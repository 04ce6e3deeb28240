"""What stands before a row that waits; the rules of ``line.py`` and of groups, asked about one row."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlmodel import Session, col

from hub.plugin import DeliveryState
from hub.storage.fixed import fixed
from hub.storage.states import InboxState, Op
from hub.storage.tables import Inbox, Outbox

_PENDING = col(Outbox.state) == fixed(DeliveryState.PENDING)
_SENDING = col(Outbox.state) == fixed(DeliveryState.SENDING)
_UNFINISHED = col(Outbox.state).in_([fixed(DeliveryState.PENDING), fixed(DeliveryState.SENDING)])


def event_ahead(session: Session, row: Inbox) -> str | None:
    """Return the event of the same group that has to end first."""
    if row.group_key is None:
        return None
    return session.scalar(
        select(func.min(col(Inbox.id))).where(
            col(Inbox.state) == fixed(InboxState.NEW),
            col(Inbox.instance) == row.instance,
            col(Inbox.group_key) == row.group_key,
            col(Inbox.id) < row.id,
        )
    )


def delivery_ahead_in_thread(session: Session, row: Outbox) -> str | None:
    """Return the delivery of the same thread and dialog that has to end first."""
    if not row.thread:
        return None
    return session.scalar(
        select(func.min(col(Outbox.id))).where(
            _UNFINISHED,
            col(Outbox.instance) == row.instance,
            col(Outbox.thread) == row.thread,
            col(Outbox.dialog) == row.dialog,
            col(Outbox.id) < row.id,
        )
    )


def delivery_ahead_in_dialog(session: Session, row: Outbox, now: datetime) -> str | None:
    """Return the delivery of the same dialog and lane that is in flight or waits for its time."""
    on_the_bell = col(Outbox.op) == Op.NOTICE if row.op == Op.NOTICE else col(Outbox.op) != Op.NOTICE
    place: tuple[Any, ...] = (
        col(Outbox.dialog) == row.dialog,
        col(Outbox.lane) == row.lane,
        on_the_bell,
        col(Outbox.id) < row.id,
    )
    found = (
        session.scalar(select(func.min(col(Outbox.id))).where(held, *place))
        for held in (_SENDING, and_(_PENDING, col(Outbox.due_at) > now))
    )
    return min((id for id in found if id), default=None)


def deliveries_ahead(session: Session, row: Outbox) -> int:
    """Return how many deliveries go first: those of better lanes, and the older ones of the same."""
    return (
        session.scalar(
            select(func.count()).where(
                _PENDING,
                or_(
                    col(Outbox.lane) < row.lane,
                    and_(col(Outbox.lane) == row.lane, col(Outbox.id) < row.id),
                ),
            )
        )
        or 0
    )
