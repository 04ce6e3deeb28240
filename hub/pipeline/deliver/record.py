"""Record: write verdicts down, in one transaction for a whole batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

import structlog
from sqlalchemy import delete
from sqlmodel import Session, col

from hub.bitrix24 import Outcome
from hub.observe.counts import DeliveryCounts
from hub.pipeline.deliver.away import Away
from hub.pipeline.deliver.compose import Compose, Composed, Moot
from hub.pipeline.deliver.fallback import Fallback
from hub.pipeline.deliver.marks import mark_of
from hub.pipeline.deliver.membership import Admission
from hub.pipeline.deliver.verdict import Verdict, judge
from hub.plugin import DeliveryState
from hub.storage.columns import storable
from hub.storage.database import Database
from hub.storage.ids import IdFactory
from hub.storage.outbox import Claimed, mark_all, note_attempt, still_claimed
from hub.storage.statements import add
from hub.storage.states import Lane, Op
from hub.storage.tables import Outbox, Thread
from hub.storage.upsert import upsert_all

log = structlog.get_logger("hub.deliver")

Judged: TypeAlias = "tuple[Claimed, Verdict]"


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
        verdicts = [(moot.claimed, Verdict(state=moot.state, reason=moot.reason)) for moot in rows]
        with self._database.write() as session:
            now = self._database.now(session)
            ended = {claimed.row.id for claimed, _ in self._mark(session, token, verdicts, now)}
            missed = [moot.claimed for moot in rows if moot.missed and moot.claimed.row.id in ended]
            self._away.collect(session, missed, now)

    def outcomes(
        self,
        token: str,
        sent: Sequence[tuple[Composed, Outcome]],
        compose: Compose,
        admissions: Mapping[str, Admission],
    ) -> frozenset[str]:
        """Write down what became of each call; return the dialogs in which a row waits to be sent again.

        Args:
            admissions: what came of getting into chats that the bot is not in, by dialog.
        """
        with self._database.write() as session:
            now = self._database.now(session)
            verdicts = [
                (
                    composed.claimed,
                    _storable(
                        judge(
                            composed,
                            outcome,
                            message_id=compose.message_id,
                            now=now,
                            admission=admissions.get(composed.claimed.row.dialog, Admission.OUT),
                        )
                    ),
                )
                for composed, outcome in sent
            ]
            for claimed, verdict in verdicts:
                if verdict.tried:
                    note_attempt(session, claimed.row, now, verdict.tried, verdict.reason)
            marked = self._mark(session, token, verdicts, now)
            self._show(session, marked, now)
            for claimed, verdict in marked:
                self._follow(session, claimed.row, verdict, compose.fallback, now)
        waits = DeliveryState.PENDING
        return frozenset(claimed.row.dialog for claimed, verdict in verdicts if verdict.state == waits)

    def _mark(
        self, session: Session, token: str, verdicts: Sequence[Judged], now: datetime
    ) -> Sequence[Judged]:
        """Change rows and return those that were still ours to change."""
        ours = still_claimed(session, token, [claimed.row.id for claimed, _ in verdicts])
        marked = [(claimed, verdict) for claimed, verdict in verdicts if claimed.row.id in ours]
        mark_all(session, [mark_of(claimed.row, verdict, now) for claimed, verdict in marked])
        for claimed, _ in verdicts:
            if claimed.row.id not in ours:
                log.warning("delivery was taken over by another sender", delivery=claimed.row.id)
        for claimed, verdict in marked:
            self._count(claimed.row, verdict, now)
            _tell(claimed.row, verdict)
        return marked

    def _count(self, row: Outbox, verdict: Verdict, now: datetime) -> None:
        if verdict.state == DeliveryState.SENT:
            waited = max(0.0, (now - row.created_at).total_seconds())
            self._counts.sent(row.instance, Lane(row.lane).name.lower(), waited)
        elif verdict.state != DeliveryState.PENDING:
            self._counts.ended(row.instance, verdict.state.value)
        elif verdict.tried:
            self._counts.retried(row.instance)

    def _follow(self, session: Session, row: Outbox, verdict: Verdict, fallback: str, now: datetime) -> None:
        """Do what a refusal means beyond its own row."""
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

    def _show(self, session: Session, marked: Sequence[Judged], now: datetime) -> None:
        """Remember the living cards, and fold those they replace."""
        shown = [
            (claimed, str(verdict.message_id)) for claimed, verdict in marked if _is_card(claimed, verdict)
        ]
        upsert_all(session, Thread, [_thread(claimed.row, message_id, now) for claimed, message_id in shown])
        for claimed, message_id in shown:
            if claimed.card and claimed.card != message_id:
                add(session, self._fold(claimed.row, claimed.card, now))

    def _fold(self, row: Outbox, card: str, now: datetime) -> Outbox:
        return Outbox(
            id=self._ids.new("d"),
            notification_id=row.notification_id,
            instance=row.instance,
            key=row.key,
            dialog=row.dialog,
            op=Op.SHRINK,
            target=card,
            lane=row.lane,
            recipient=f"the card was posted anew by {row.id}",
            due_at=now,
            created_at=now,
        )


def _is_card(claimed: Claimed, verdict: Verdict) -> bool:
    row = claimed.row
    return verdict.state == DeliveryState.SENT and row.op == Op.CARD and bool(row.thread)


def _thread(row: Outbox, message_id: str, now: datetime) -> Mapping[str, object]:
    return {
        "instance": row.instance,
        "thread": row.thread,
        "dialog": row.dialog,
        "message_id": message_id,
        "delivery_id": row.id,
        "updated_at": now,
    }


def _storable(verdict: Verdict) -> Verdict:
    """Return *verdict* without what the portal may say and no database keeps."""
    message_id = None if verdict.message_id is None else storable(verdict.message_id)
    return replace(verdict, reason=storable(verdict.reason), message_id=message_id)


def _tell(row: Outbox, verdict: Verdict) -> None:
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
