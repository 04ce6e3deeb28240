"""While I was away: one card for each dialog tells of what expired, or was found out, too late to be told by itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import Session

from hub.pipeline.folding import FoldingCards
from hub.pipeline.held import suppress
from hub.storage.folding import FoldKind, fold, open_card, touch
from hub.storage.outbox import Claimed
from hub.storage.serial import one_at_a_time
from hub.storage.statements import change
from hub.storage.tables import NotificationRow, Outbox


class Away:
    """Collects deliveries that are late, in the transaction that ends them."""

    def __init__(self, cards: FoldingCards) -> None:
        self._cards = cards

    def collect(self, session: Session, expired: Sequence[Claimed], now: datetime) -> None:
        """Let the card of each dialog stand for those that just ended; an outage has one card in a dialog."""
        dialogs: dict[str, list[Claimed]] = {}
        for claimed in expired:
            dialogs.setdefault(claimed.row.dialog, []).append(claimed)
        one_at_a_time(session, self.turns(dialogs))
        for dialog, rows in dialogs.items():
            known = open_card(session, FoldKind.AWAY, dialog)
            card = known or self._cards.open(
                session,
                FoldKind.AWAY,
                now,
                dialog=dialog,
                origin=rows[0].notification.origin,
                lane=min(claimed.row.lane for claimed in rows),
            )
            for claimed in rows:
                fold(session, card.id, claimed.row, claimed.notification, solved=False)
            if known is None:
                self._cards.post(session, card, now)
            else:
                known.folded_at, known.changed = now, True
                self._cards.refresh(session, known, now)
            self._explain(session, rows, card.id)

    def turns(self, dialogs: Collection[str]) -> set[str]:
        """Return what to hold while deliveries to *dialogs* are folded: each has one card at a time."""
        return {f"away {dialog}" for dialog in dialogs}

    def fold_late(
        self,
        session: Session,
        delivery: Outbox,
        fact: NotificationRow,
        reason: str,
        occurred_at: datetime | None,
        now: datetime,
    ) -> None:
        """End a delivery that is about to be written, and let its dialog's card stand for it."""
        known = open_card(session, FoldKind.AWAY, delivery.dialog)
        card = known or self._cards.open(
            session, FoldKind.AWAY, now, dialog=delivery.dialog, origin=fact.origin, lane=delivery.lane
        )
        fold(session, card.id, delivery, fact, solved=False, told_at=occurred_at)
        if known is None:
            self._cards.post(session, card, now)
        else:
            touch(session, card.id, now)  # a duty brings it up to date, once for many
        suppress(delivery, _explained(reason, card.id), now)

    def _explain(self, session: Session, rows: Sequence[Claimed], card: str) -> None:
        for claimed in rows:
            stored = session.get_one(Outbox, claimed.row.id)
            change(session, Outbox, {"id": stored.id}, {"reason": _explained(stored.reason, card)})


def _explained(reason: str, card: str) -> str:
    return f'{reason}; in "while I was away" card {card}'
