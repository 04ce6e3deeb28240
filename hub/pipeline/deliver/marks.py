"""Marks: what a verdict changes in its row."""

from __future__ import annotations

from datetime import datetime

from hub.pipeline.deliver.verdict import Verdict
from hub.plugin import DeliveryState, Mode
from hub.storage.outbox import Mark
from hub.storage.tables import Outbox


def mark_of(row: Outbox, verdict: Verdict, now: datetime) -> Mark:
    """Return what *row* becomes."""
    waits = verdict.state == DeliveryState.PENDING
    return Mark(
        id=row.id,
        state=verdict.state.value,
        reason=verdict.reason,
        attempts=_attempts(row, verdict),
        generation=row.generation + verdict.new_key,
        plain=row.plain or verdict.plain,
        mode=Mode.OPEN.value if verdict.card_gone else row.mode,
        target=verdict.message_id if verdict.edited else row.target,
        message_id=verdict.message_id or row.message_id,
        due_at=(verdict.due_at or now) if waits else row.due_at,
        in_doubt_since=_in_doubt_since(row, verdict),
        finished_at=None if waits else now,
    )


def _attempts(row: Outbox, verdict: Verdict) -> int:
    if verdict.counts:
        return row.attempts
    may_be_shown = verdict.in_doubt_since or row.in_doubt_since
    return max(row.attempts - 1, 1 if may_be_shown else 0)


def _in_doubt_since(row: Outbox, verdict: Verdict) -> datetime | None:
    if verdict.new_key:
        return None
    kept = row.in_doubt_since if verdict.state == DeliveryState.PENDING else None
    return verdict.in_doubt_since or kept
