"""Record: write verdicts down, in one transaction for a whole batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy import delete
from sqlmodel import Session, col

from hub.bitrix24 import Outcome
from hub.observe.counts import DeliveryCounts
from hub.pipeline.deliver.away import Away
from hub.pipeline.deliver.compose import Compose, Composed, Moot
from hub.pipeline.deliver.fallback import Fallback
from hub.pipeline.deliver.verdict import Verdict, judge
from hub.plugin import DeliveryState, Mode
from hub.storage.columns import storable
from hub.storage.database import Database
from hub.storage.ids import IdFactory
from hub.storage.outbox import Claimed, mark, note_attempt
from hub.storage.statements import add
from hub.storage.states import Lane, Op
from hub.storage.tables import Outbox, Thread

log = structlog.get_logger("hub.deliver")


class Record:
    """Every row claimed with the token ends in a state that says what comes next."""

    def __init__(
        self, database: Database, fallback: Fallback, away: Away, ids: IdFactory, counts: DeliveryCounts
    ) -> None:
        self._database = database
        self._away = away
        self._fallback = fallback
        self._ids = ids
        self._counts = counts

    def moot(self, token: str, rows: Sequence[Moot]) -> None:
        """End rows that need no call."""
        with self._database.write() as session:
            now = self._database.now(session)
            missed: list[Claimed] = []
            for moot in rows:
                verdict = Verdict(state=moot.state, reason=moot.reason)
                if _mark(session, token, moot.claimed.row, verdict, now):
                    self._count(moot.claimed.row, verdict, now)
                    missed += [moot.claimed] if moot.missed else []
            self._away.collect(session, missed, now)

    def outcomes(self, token: str, sent: Sequence[tuple[Composed, Outcome]], compose: Compose) -> None:
        """Write down what became of each call."""
        with self._database.write() as session:
            now = self._database.now(session)
            for composed, outcome in sent:
                verdict = _storable(judge(composed, outcome, message_id=compose.message_id, now=now))
                row = composed.claimed.row
                if verdict.tried:
                    note_attempt(session, row, now, verdict.tried, verdict.reason)
                if _mark(session, token, row, verdict, now):
                    self._count(row, verdict, now)
                    self._follow(session, composed.claimed, verdict, compose.fallback, now)

    def _count(self, row: Outbox, verdict: Verdict, now: datetime) -> None:
        if verdict.state == DeliveryState.SENT:
            waited = max(0.0, (now - row.created_at).total_seconds())
            self._counts.sent(row.instance, Lane(row.lane).name.lower(), waited)
        elif verdict.state != DeliveryState.PENDING:
            self._counts.ended(row.instance, verdict.state.value)
        elif verdict.tried:
            self._counts.retried(row.instance)

    def _follow(
        self, session: Session, claimed: Claimed, verdict: Verdict, fallback: str, now: datetime
    ) -> None:
        """Do what a verdict means beyond its own row."""
        row = claimed.row
        if verdict.state == DeliveryState.SENT and row.op == Op.CARD and row.thread:
            self._shown(session, claimed, str(verdict.message_id), now)
        if verdict.card_gone:
            session.execute(
                delete(Thread).where(
                    col(Thread.instance) == row.instance,
                    col(Thread.thread) == row.thread,
                    col(Thread.dialog) == row.dialog,
                )
            )
        if verdict.second_way == "bell":
            self._fallback.notice(session, row, fallback, verdict.reason, now)
        elif verdict.second_way == "elsewhere":
            self._fallback.elsewhere(session, row, fallback, verdict.reason, now)

    def _shown(self, session: Session, claimed: Claimed, message_id: str, now: datetime) -> None:
        """Remember the living card, and fold the one it replaces."""
        row = claimed.row
        session.merge(
            Thread(
                instance=row.instance,
                thread=row.thread,
                dialog=row.dialog,
                message_id=message_id,
                delivery_id=row.id,
                updated_at=now,
            )
        )
        if claimed.card and claimed.card != message_id:
            add(
                session,
                Outbox(
                    id=self._ids.new("d"),
                    notification_id=row.notification_id,
                    instance=row.instance,
                    key=row.key,
                    dialog=row.dialog,
                    op=Op.SHRINK,
                    target=claimed.card,
                    lane=row.lane,
                    recipient=f"the card was posted anew by {row.id}",
                    due_at=now,
                    created_at=now,
                ),
            )


def _storable(verdict: Verdict) -> Verdict:
    """Return *verdict* without what the portal may say and no database keeps."""
    message_id = None if verdict.message_id is None else storable(verdict.message_id)
    return replace(verdict, reason=storable(verdict.reason), message_id=message_id)


def _mark(session: Session, token: str, row: Outbox, verdict: Verdict, now: datetime) -> bool:
    values: dict[str, object] = {
        "state": verdict.state,
        "reason": verdict.reason,
        "claim": None,
        "in_doubt_since": verdict.in_doubt_since,
    }
    if verdict.state == DeliveryState.PENDING:
        values["due_at"] = verdict.due_at or now
        values["in_doubt_since"] = verdict.in_doubt_since or row.in_doubt_since
    else:
        values["finished_at"] = now
    if verdict.message_id:
        values["message_id"] = verdict.message_id
    if verdict.edited:
        values["target"] = verdict.message_id
    if not verdict.counts:
        may_be_shown = verdict.in_doubt_since or row.in_doubt_since
        values["attempts"] = max(row.attempts - 1, 1 if may_be_shown else 0)
    if verdict.new_key:
        values["generation"] = row.generation + 1
        values["in_doubt_since"] = None
    if verdict.plain:
        values["plain"] = True
    if verdict.card_gone:
        values["mode"] = Mode.OPEN.value
    if not mark(session, row, token, **values):
        log.warning("delivery was taken over by another sender", delivery=row.id)
        return False
    tell = log.info if verdict.state == DeliveryState.SENT else log.warning
    tell(
        f"delivery {verdict.state.value}",
        delivery=row.id,
        notification=row.notification_id,
        instance=row.instance,
        dialog=row.dialog,
        attempt=row.attempts,
        message=verdict.message_id,
        reason=verdict.reason,
    )
    return True
