"""Folding cards: cards of the hub's own that stand for deliveries which are not shown one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import JsonValue
from sqlalchemy import delete, func, or_, select, update
from sqlmodel import Session, col

from hub.plugin import DeliveryState
from hub.storage.statements import add, change
from hub.storage.tables import FloodWindow, Folded, FoldingCard, NotificationRow, Outbox, Thread

#: Old cards are left as they are: the portal refuses to edit what is older than three days.
EDITED_FOR = timedelta(days=1)


class FoldKind(StrEnum):
    """Why deliveries are folded."""

    STORM = "storm"  #: more came than the dialog's reader should get
    AWAY = "away"  #: they expired before the portal could be reached, or were found out long after


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How many deliveries a card stands for, by severity, and how many of them are solved."""

    count: Mapping[str, int]
    solved: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.count.values())


def fold(
    session: Session,
    card: str,
    delivery: Outbox,
    fact: NotificationRow,
    *,
    solved: bool,
    told_at: datetime | None = None,
) -> None:
    """Remember that *card* stands for *delivery*, which tells *fact*; *told_at* is shown instead of when it came."""
    title: JsonValue = fact.content.get("title", "")
    add(
        session,
        Folded(
            delivery_id=delivery.id,
            card_id=card,
            instance=delivery.instance,
            thread=delivery.thread,
            dialog=delivery.dialog,
            severity=fact.severity,
            title=title[:300] if isinstance(title, str) else title,
            told_at=told_at or fact.created_at,
            solved=solved,
        ),
    )


def touch(session: Session, card: str, now: datetime) -> None:
    """Remember that the card no longer says how many it stands for."""
    change(session, FoldingCard, {"id": card}, {"changed": True, "folded_at": now})


def folded_in(session: Session, instance: str, thread: str) -> dict[str, str]:
    """Return the dialogs in which a thread is folded, with the latest card that stands for it there."""
    rows = session.execute(
        select(col(Folded.dialog), func.max(col(Folded.card_id)))
        .where(col(Folded.instance) == instance, col(Folded.thread) == thread, col(Folded.thread) != "")
        .group_by(col(Folded.dialog))
    )
    return {dialog: card for dialog, card in rows}  # noqa: C416


def solve(session: Session, instance: str, thread: str, dialog: str, now: datetime) -> None:
    """Remember that what a thread told is solved, in the dialog where it is folded."""
    cards = session.scalars(
        update(Folded)
        .where(
            col(Folded.instance) == instance,
            *(col(Folded.thread) == thread, col(Folded.thread) != ""),
            *(col(Folded.dialog) == dialog, col(Folded.solved).is_(False)),
        )
        .values(solved=True)
        .returning(col(Folded.card_id))
        .execution_options(synchronize_session=False)
    ).all()
    if cards:
        session.execute(
            update(FoldingCard)
            .where(col(FoldingCard.id).in_(set(cards)), col(FoldingCard.opened_at) > now - EDITED_FOR)
            .values(changed=True)
            .execution_options(synchronize_session=False)
        )


def tally(session: Session, card: str) -> Tally:
    """Count what *card* stands for."""
    rows = session.execute(
        select(col(Folded.severity), col(Folded.solved), func.count())
        .where(col(Folded.card_id) == card)
        .group_by(col(Folded.severity), col(Folded.solved))
    ).all()
    count: dict[str, int] = {}
    solved: dict[str, int] = {}
    for severity, is_solved, number in rows:
        count[severity] = count.get(severity, 0) + number
        if is_solved:
            solved[severity] = number
    return Tally(count=count, solved=solved)


def lines(
    session: Session, card: str, *, limit: int, offset: int = 0, oldest_first: bool = False
) -> Sequence[Folded]:
    """Return some of what *card* stands for, the latest first."""
    order = col(Folded.delivery_id) if oldest_first else col(Folded.delivery_id).desc()
    query = select(Folded).where(col(Folded.card_id) == card).order_by(order).limit(limit).offset(offset)
    return session.scalars(query).all()


def open_card(session: Session, kind: FoldKind, dialog: str) -> FoldingCard | None:
    """Return the dialog's open card of a kind, and keep others off it until *session* ends."""
    query = select(FoldingCard).where(
        col(FoldingCard.closed_at).is_(None),
        col(FoldingCard.dialog) == dialog,
        col(FoldingCard.kind) == kind,
    )
    return session.scalars(query.order_by(col(FoldingCard.id).desc()).with_for_update()).first()


def unsettled(session: Session) -> Sequence[FoldingCard]:
    """Return the cards that are open, say something outdated or show a page."""
    query = select(FoldingCard).where(
        or_(
            col(FoldingCard.closed_at).is_(None),
            col(FoldingCard.changed),
            col(FoldingCard.read_until).is_not(None),
        )
    )
    return session.scalars(query.order_by(col(FoldingCard.id))).all()


def unfinished(session: Session, instance: str, thread: str) -> Sequence[Outbox]:
    """Return the deliveries of a thread that are on their way."""
    return session.scalars(
        select(Outbox).where(
            col(Outbox.instance) == instance,
            col(Outbox.thread) == thread,
            col(Outbox.state).in_((DeliveryState.PENDING, DeliveryState.SENDING)),
        )
    ).all()


def keep_waiting(session: Session, delivery: str) -> bool:
    """Keep the sender off a delivery that nobody tried yet, until *session* ends; False when it is too late."""
    query = select(col(Outbox.id)).where(
        col(Outbox.id) == delivery, col(Outbox.state) == DeliveryState.PENDING, col(Outbox.attempts) == 0
    )
    return session.scalars(query.with_for_update(skip_locked=True)).first() is not None


def shown_in(session: Session, instance: str, thread: str) -> Sequence[Thread]:
    """Return where a thread's card is shown."""
    query = select(Thread).where(col(Thread.instance) == instance, col(Thread.thread) == thread)
    return session.scalars(query.order_by(col(Thread.dialog))).all()


def forget(session: Session, now: datetime, keep: timedelta) -> None:
    """Delete what is over: windows nobody needs, and cards older than *keep* with what they stand for."""
    session.execute(
        delete(FloodWindow).where(col(FloodWindow.over_at) <= now, col(FloodWindow.storm).is_(None))
    )
    old = select(col(FoldingCard.id)).where(col(FoldingCard.closed_at) <= now - keep)
    session.execute(delete(Folded).where(col(Folded.card_id).in_(old)))
    session.execute(delete(FoldingCard).where(col(FoldingCard.closed_at) <= now - keep))
