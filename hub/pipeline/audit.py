"""Audit: who clicked and typed what, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session, col

from hub.pipeline.act.buttons import label_of
from hub.storage.chat_tables import Action
from hub.storage.tables import NotificationRow


def action_summary(row: Action) -> dict[str, Any]:
    """Return who asked for what, where, and what came of it."""
    return {
        "id": row.id,
        "at": row.created_at.isoformat(),
        "who": row.actor,
        "what": f"{row.instance}:{row.command}",
        "where": row.dialog,
        "state": row.state,
        "reason": row.reason,
        "event": row.origin,
    }


def action_details(session: Session, row: Action) -> dict[str, Any]:
    """Return the same with what the person saw: the label of the button, or that it was typed."""
    return {
        **action_summary(row),
        "typed": row.typed,
        "label": None if row.typed else label_of(session, row.text),
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
    }


def actions_about(session: Session, event: str) -> Sequence[Action]:
    """Return the actions that *event* brought, and those on the cards it led to."""
    cards = select(col(NotificationRow.id)).where(col(NotificationRow.origin) == event)
    query = select(Action).where(or_(col(Action.origin) == event, col(Action.notification_id).in_(cards)))
    return session.scalars(query.order_by(col(Action.id))).all()
