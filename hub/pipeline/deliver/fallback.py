"""Fallback: another way for a message that its dialog refused."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from hub.bitrix24.dialogs import is_person
from hub.storage.ids import IdFactory
from hub.storage.statements import add
from hub.storage.states import Op
from hub.storage.tables import Outbox


class Fallback:
    """Adds the rows of the second way; each way is tried once.

    A private dialog's second way is the bell (``im.notify.system.add`` with a tag, so twice is seen once); then,
    and for chats at once, the fallback recipient gets the card.
    """

    def __init__(self, ids: IdFactory) -> None:
        self._ids = ids

    def notice(self, session: Session, row: Outbox, dialog: str, why: str, now: datetime) -> None:
        """Put the message on the person's bell too; chats have none, so they get :meth:`elsewhere`."""
        if is_person(row.dialog):
            self._add(session, row, row.dialog, Op.NOTICE, f"the bell instead of the chat: {why}", now)
        else:
            self.elsewhere(session, row, dialog, why, now)

    def elsewhere(self, session: Session, row: Outbox, dialog: str, why: str, now: datetime) -> None:
        """Send the card to the fallback's *dialog*, unless that is where it was refused."""
        if row.dialog != dialog:
            self._add(session, row, dialog, Op.CARD, f"fallback: {row.dialog} refused: {why}", now)
        elif row.op == Op.CARD and is_person(row.dialog):
            self._add(session, row, row.dialog, Op.NOTICE, f"the bell instead of the chat: {why}", now)

    def _add(self, session: Session, row: Outbox, dialog: str, op: Op, why: str, now: datetime) -> None:
        known = session.scalars(
            select(col(Outbox.id)).where(
                col(Outbox.instance) == row.instance,
                col(Outbox.key) == row.key,
                col(Outbox.dialog) == dialog,
                col(Outbox.op) == op,
            )
        ).first()
        if known is not None:
            return
        add(
            session,
            Outbox(
                id=self._ids.new("d"),
                notification_id=row.notification_id,
                instance=row.instance,
                key=row.key,
                dialog=dialog,
                op=op,
                thread=row.thread if op == Op.CARD else "",
                mode="open",
                lane=row.lane,
                recipient=why,
                due_at=now,
                created_at=now,
                told=row.told,
            ),
        )
