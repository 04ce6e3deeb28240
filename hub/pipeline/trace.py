"""Trace: what became of an event, a notification or a delivery, and why."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from hub.storage.database import Database
from hub.storage.states import Lane
from hub.storage.tables import Attempt, Inbox, NotificationRow, Outbox


class Trace:
    """Reads the ledger; every answer is a dictionary ready for JSON."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, id: str) -> dict[str, Any] | None:
        """Return the whole way of the event that *id* belongs to; ``e…``, ``n…`` and ``d…`` all do."""
        with self._database.read() as session:
            origin = _origin_of(session, id)
            if origin is None:
                return None
            event = session.get(Inbox, origin)
            notifications = session.scalars(
                select(NotificationRow)
                .where(col(NotificationRow.origin) == origin)
                .order_by(col(NotificationRow.id))
            )
            return {
                "event": None if event is None else event_summary(event),
                "notifications": [_notification(session, row) for row in notifications],
            }


def event_summary(row: Inbox) -> dict[str, Any]:
    """Return an inbox row without its body."""
    return {
        "id": row.id,
        "instance": row.instance,
        "kind": row.kind,
        "state": row.state,
        "key": row.key,
        "received_at": row.received_at.isoformat(),
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
        "duplicates": row.duplicates,
        "attempts": row.attempts,
        "reason": row.reason,
    }


def delivery_summary(row: Outbox) -> dict[str, Any]:
    """Return an outbox row."""
    return {
        "id": row.id,
        "notification": row.notification_id,
        "dialog": row.dialog,
        "state": row.state,
        "lane": _lane(row),
        "attempts": row.attempts,
        "message_id": row.message_id,
        "due_at": row.due_at.isoformat(),
        "reason": row.reason,
    }


def delivery_details(row: Outbox, attempts: list[Attempt]) -> dict[str, Any]:
    """Return an outbox row with why it exists and every attempt that did not end in ``sent``."""
    return {
        **delivery_summary(row),
        "op": row.op,
        "recipient": row.recipient,
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
        "tries": [
            {"at": attempt.at.isoformat(), "outcome": attempt.outcome, "detail": attempt.detail}
            for attempt in attempts
        ],
    }


def _notification(session: Session, row: NotificationRow) -> dict[str, Any]:
    deliveries = session.scalars(
        select(Outbox).where(col(Outbox.notification_id) == row.id).order_by(col(Outbox.id))
    ).all()
    return {
        "id": row.id,
        "key": row.key,
        "kind": row.kind,
        "severity": row.severity,
        "title": row.content.get("title"),
        "thread": row.thread,
        "reason": row.reason,
        "decision": row.decision,
        "deliveries": [
            delivery_details(
                delivery,
                list(
                    session.scalars(
                        select(Attempt)
                        .where(col(Attempt.delivery_id) == delivery.id)
                        .order_by(col(Attempt.at))
                    )
                ),
            )
            for delivery in deliveries
        ],
    }


def _origin_of(session: Session, id: str) -> str | None:
    match id[:1]:
        case "d":
            delivery = session.get(Outbox, id)
            return None if delivery is None else _origin_of(session, delivery.notification_id)
        case "n":
            notification = session.get(NotificationRow, id)
            return None if notification is None else notification.origin
        case _:
            return id if session.get(Inbox, id) is not None else None


def _lane(row: Outbox) -> str:
    return Lane(row.lane).name.lower()
