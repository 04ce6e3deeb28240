"""While I was away: one card for each dialog tells of what expired before the portal could be reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from hub.pipeline.folding import FoldingCards
from hub.storage.folding import FoldKind, fold, open_card
from hub.storage.outbox import Claimed
from hub.storage.serial import one_at_a_time
from hub.storage.statements import change
from hub.storage.tables import Outbox


class Away:
    """Collects expired deliveries, in the transaction that ends them."""

    def __init__(self, cards: FoldingCards) -> None:
        self._cards = cards

    def collect(self, session: Session, expired: Sequence[Claimed], now: datetime) -> None:
        """Let the card of each dialog stand for those that just ended; an outage has one card in a dialog."""
        dialogs: dict[str, list[Claimed]] = {}
        for claimed in expired:
            dialogs.setdefault(claimed.row.dialog, []).append(claimed)
        one_at_a_time(session, {f"away {dialog}" for dialog in dialogs})
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

    def _explain(self, session: Session, rows: Sequence[Claimed], card: str) -> None:
        for claimed in rows:
            stored = session.get_one(Outbox, claimed.row.id)
            reason = f'{stored.reason}; in "while I was away" card {card}'
            change(session, Outbox, {"id": stored.id}, {"reason": reason})
