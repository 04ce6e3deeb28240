"""Waiting: why a row is not done yet, until when, and what it waits for."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from hub.pipeline.portal_state import PortalState
from hub.plugin import DeliveryState
from hub.storage.ahead import (
    deliveries_ahead,
    delivery_ahead_in_dialog,
    delivery_ahead_in_thread,
    event_ahead,
)
from hub.storage.plugin_statuses import Told
from hub.storage.states import InboxState
from hub.storage.tables import EarlyUpdate, Inbox, NotificationRow, Outbox


@dataclass(frozen=True, kw_only=True)
class Wait:
    """What keeps a row.

    Attributes:
        why: in plain words.
        since: ISO time since when that is so; empty when it is not known.
        until: ISO time of the next try; empty when something else has to happen first.
        behind: the id of the row that has to end first.
    """

    why: str
    since: str = ""
    until: str = ""
    behind: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def why_event_waits(session: Session, row: Inbox, now: datetime, plugin: Told | None) -> Wait | None:
    """Say what keeps an event that has not ended; *plugin* is how its plugin is in the running hub."""
    if row.state != InboxState.NEW:
        return None
    if row.claim is not None and row.lease_until is not None and row.lease_until > now:
        return Wait(why="it is being processed")
    if plugin is not None and plugin.status == "failing":
        tried = f"; its own last try: {row.reason}" if row.reason else ""
        why = f"plugin {row.instance} is failing and is tried every 30 s: {plugin.reason}{tried}"
        return Wait(why=why, since=plugin.since.isoformat())
    if plugin is not None and plugin.status != "active":
        why = f"plugin {row.instance} is {plugin.status}: {plugin.reason}"
        return Wait(why=why, since=plugin.since.isoformat())
    if row.due_at > now:
        return Wait(why=row.reason or "it is not due yet", until=row.due_at.isoformat())
    behind = event_ahead(session, row)
    if behind is not None:
        return Wait(why="events of one group go one after another", behind=behind)
    return Wait(why=row.reason or "no worker has taken it up yet")


def why_update_waits(session: Session, row: NotificationRow, now: datetime) -> Wait | None:
    """Say what keeps an update that found no card."""
    early = session.get(EarlyUpdate, row.id)
    if early is None or early.expires_at <= now:
        return None
    return Wait(why=f"no card of thread {row.thread} yet", until=early.expires_at.isoformat())


def why_delivery_waits(session: Session, row: Outbox, now: datetime, portal: PortalState) -> Wait | None:
    """Say what keeps a delivery that has not ended."""
    if row.state == DeliveryState.SENDING:
        return Wait(why="it is being sent")
    if row.state != DeliveryState.PENDING:
        return None
    if portal.state != "connected":
        why = f"the portal is {portal.state}: {portal.error}"
        return Wait(why=why, since=portal.since, until=portal.next_try)
    if behind := delivery_ahead_in_thread(session, row):
        return Wait(why="deliveries of one thread go one after another", behind=behind)
    if row.due_at > now:
        return Wait(why=row.reason or "it is not due yet", until=row.due_at.isoformat())
    if behind := delivery_ahead_in_dialog(session, row, now):
        return Wait(why="the order within a dialog and lane is kept", behind=behind)
    ahead = deliveries_ahead(session, row)
    return Wait(why=f"{ahead} deliveries go first" if ahead else "it is next")
