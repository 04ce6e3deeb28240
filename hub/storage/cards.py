"""What the cards of a thread say."""

from __future__ import annotations

from sqlmodel import Session, col, select

from hub.plugin import DeliveryState
from hub.storage.states import Op
from hub.storage.tables import NotificationRow, Outbox, Thread


def newest_card(session: Session, instance: str, thread: str) -> NotificationRow | None:
    """Return what the newest card of a thread says, also where that is still on its way; None without a card."""
    coming = session.scalars(
        select(col(Outbox.id))
        .where(
            col(Outbox.instance) == instance,
            col(Outbox.thread) == thread,
            col(Outbox.op) == Op.CARD,
            col(Outbox.state).in_([DeliveryState.PENDING, DeliveryState.SENDING]),
        )
        .order_by(col(Outbox.id).desc())
        .limit(1)
    ).first()
    shown = session.scalars(
        select(col(Thread.delivery_id))
        .where(col(Thread.instance) == instance, col(Thread.thread) == thread)
        .order_by(col(Thread.delivery_id).desc())
        .limit(1)
    ).first()
    newest = max((id for id in (coming, shown) if id), default=None)
    delivery = None if newest is None else session.get(Outbox, newest)
    return None if delivery is None else session.get(NotificationRow, delivery.notification_id)


def fact(session: Session, instance: str, key: str) -> NotificationRow | None:
    """Return a notification by the key of its fact."""
    return session.scalars(
        select(NotificationRow).where(
            col(NotificationRow.instance) == instance, col(NotificationRow.key) == key
        )
    ).first()
