"""What planning asks before it keeps a card from a dialog, and how a delivery ends that is kept from it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from hub.plugin import DeliveryState
from hub.storage.direct import run
from hub.storage.fixed import fixed
from hub.storage.tables import Outbox, Thread

# built once, because they run for every message under a limit
_COMING = (
    select(col(Outbox.id))
    .where(
        col(Outbox.instance) == bindparam("instance"),
        col(Outbox.thread) == bindparam("thread"),
        col(Outbox.dialog) == bindparam("dialog"),
        col(Outbox.state).in_([fixed(DeliveryState.PENDING), fixed(DeliveryState.SENDING)]),
    )
    .limit(1)
)
_SHOWN = select(col(Thread.message_id)).where(
    col(Thread.instance) == bindparam("instance"),
    col(Thread.thread) == bindparam("thread"),
    col(Thread.dialog) == bindparam("dialog"),
)


def holds_thread(session: Session, delivery: Outbox) -> bool:
    """Say whether the dialog shows the thread's card or is about to."""
    if not delivery.thread:
        return False
    place = {"instance": delivery.instance, "thread": delivery.thread, "dialog": delivery.dialog}
    # first what is on its way: a card that is recorded between the two is then seen twice and not missed
    return any(run(session, query, place).first() is not None for query in (_COMING, _SHOWN))


def suppress(delivery: Outbox, reason: str, now: datetime) -> None:
    """End a delivery that is about to be written."""
    delivery.state, delivery.reason, delivery.finished_at = DeliveryState.SUPPRESSED, reason, now
