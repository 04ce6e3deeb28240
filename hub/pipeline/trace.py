"""Trace: what became of an event, a notification, a delivery or an action, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from hub.pipeline.audit import action_details, actions_about
from hub.pipeline.portal_state import PortalState
from hub.pipeline.waiting import Wait, why_delivery_waits, why_event_waits, why_update_waits
from hub.plugin import DeliveryState
from hub.storage.chat_tables import Action
from hub.storage.database import Database
from hub.storage.plugin_statuses import Told
from hub.storage.states import SUPERSEDED_BY, Lane, Op
from hub.storage.tables import Attempt, Inbox, NotificationRow, Outbox


class Trace:
    """Reads the ledger; every answer is a dictionary ready for JSON.

    Args:
        portal: how the portal is now.
        plugins: how the plugins are in the running hub, by instance.
    """

    def __init__(
        self,
        database: Database,
        portal: Callable[[], PortalState],
        plugins: Callable[[], Mapping[str, Told]],
    ) -> None:
        self._database = database
        self._portal = portal
        self._plugins = plugins

    def of(self, id: str) -> dict[str, Any] | None:
        """Return the whole way of the event that *id* belongs to; ``e…``, ``n…``, ``d…`` and ``a…`` all do."""
        portal, plugins = self._portal(), self._plugins()
        with self._database.read() as session:
            now = self._database.now(session)
            origin = _origin_of(session, id)
            if origin is None:
                return None
            event = session.get(Inbox, origin)
            notifications = session.scalars(
                select(NotificationRow)
                .where(col(NotificationRow.origin) == origin)
                .order_by(col(NotificationRow.id))
            )
            return {
                "event": None if event is None else _event(session, event, now, plugins.get(event.instance)),
                "notifications": [_notification(session, row, now, portal) for row in notifications],
                "actions": [action_details(session, row) for row in actions_about(session, origin)],
            }


def event_summary(row: Inbox) -> dict[str, Any]:
    """Return an inbox row without its body."""
    return {
        "id": row.id,
        "instance": row.instance,
        "kind": row.kind,
        "state": row.state,
        "key": row.key,
        "received_at": row.received_at.isoformat(),
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
        "duplicates": row.duplicates,
        "attempts": row.attempts,
        "reason": row.reason,
    }


def named_objects(row: Inbox) -> list[str]:
    """Return the portal's objects that a row is about, without what is known of them: ``lead 1201``."""
    objects = row.request.get("objects")
    found = objects if isinstance(objects, list) else []
    return [f"{each.get('kind')} {each.get('id')}" for each in found if isinstance(each, dict)]


def delivery_summary(row: Outbox) -> dict[str, Any]:
    """Return an outbox row."""
    return {
        "id": row.id,
        "notification": row.notification_id,
        "dialog": row.dialog,
        "state": row.state,
        "lane": _lane(row),
        "attempts": row.attempts,
        "message_id": row.message_id,
        "due_at": row.due_at.isoformat(),
        "reason": row.reason,
    }


def delivery_details(row: Outbox, attempts: list[Attempt]) -> dict[str, Any]:
    """Return an outbox row with why it exists and every attempt that did not end in ``sent``."""
    return {
        **delivery_summary(row),
        "op": row.op,
        "edits": row.target if row.op == Op.CARD else None,
        "in_doubt_since": row.in_doubt_since.isoformat() if row.in_doubt_since else None,
        "recipient": row.recipient,
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
        "tries": [
            {"at": attempt.at.isoformat(), "outcome": attempt.outcome, "detail": attempt.detail}
            for attempt in attempts
        ],
    }


def _event(session: Session, row: Inbox, now: datetime, plugin: Told | None) -> dict[str, Any]:
    return {
        **event_summary(row),
        "client": row.request.get("client"),
        "verified": row.request.get("verified"),
        "via": row.request.get("via"),
        "because_of": row.request.get("because_of"),
        "objects": named_objects(row),
        "group": row.group_key,
        "waits": _as_dict(why_event_waits(session, row, now, plugin)),
    }


def _notification(
    session: Session, row: NotificationRow, now: datetime, portal: PortalState
) -> dict[str, Any]:
    deliveries = session.scalars(
        select(Outbox).where(col(Outbox.notification_id) == row.id).order_by(col(Outbox.id))
    ).all()
    return {
        "id": row.id,
        "key": row.key,
        "kind": row.kind,
        "severity": row.severity,
        "title": row.content.get("title"),
        "thread": row.thread,
        "mode": row.content.get("mode"),
        "created_at": row.created_at.isoformat(),
        "reason": row.reason,
        "decision": row.decision,
        "waits": _as_dict(why_update_waits(session, row, now)),
        "deliveries": [
            {
                **delivery_details(each, _attempts(session, each)),
                "waits": _as_dict(why_delivery_waits(session, each, now, portal)),
                "superseded_by": _successor(session, each),
            }
            for each in deliveries
        ],
    }


def _attempts(session: Session, delivery: Outbox) -> list[Attempt]:
    query = select(Attempt).where(col(Attempt.delivery_id) == delivery.id).order_by(col(Attempt.at))
    return list(session.scalars(query))


def _successor(session: Session, row: Outbox) -> dict[str, Any] | None:
    """Return what became of the delivery that took the place of *row*, at the end of the chain."""
    successor = None
    while row.state == DeliveryState.SUPERSEDED:
        following = session.get(Outbox, row.reason.removeprefix(SUPERSEDED_BY))
        if following is None:
            break
        row = successor = following
    if successor is None:
        return None
    return {"id": successor.id, "state": successor.state, "message_id": successor.message_id}


def _as_dict(wait: Wait | None) -> dict[str, Any] | None:
    return None if wait is None else wait.as_dict()


def _origin_of(session: Session, id: str) -> str | None:
    match id[:1]:
        case "d":
            delivery = session.get(Outbox, id)
            return None if delivery is None else _origin_of(session, delivery.notification_id)
        case "a":
            action = session.get(Action, id)
            return None if action is None else action.origin
        case "n":
            notification = session.get(NotificationRow, id)
            return None if notification is None else notification.origin
        case _:
            return id if session.get(Inbox, id) is not None else None


def _lane(row: Outbox) -> str:
    return Lane(row.lane).name.lower()
