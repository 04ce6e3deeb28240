"""What waits in the tables, and who holds which lease: the numbers of the present state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from hub.plugin import DeliveryState
from hub.storage.database import Database
from hub.storage.fixed import fixed
from hub.storage.states import InboxState, Lane
from hub.storage.tables import Inbox, Lease, Outbox

# grouped in the indexes of waiting rows, so that history costs nothing
_LANES = (
    select(col(Outbox.lane), func.count(), func.min(col(Outbox.id)))
    .where(col(Outbox.state).in_([fixed(DeliveryState.PENDING), fixed(DeliveryState.SENDING)]))
    .group_by(col(Outbox.lane))
)
_INSTANCES = (
    select(col(Inbox.instance), func.count(), func.min(col(Inbox.id)))
    .where(col(Inbox.state) == fixed(InboxState.NEW))
    .group_by(col(Inbox.instance))
)


@dataclass(frozen=True)
class Waiting:
    """How many rows wait, and since when the oldest does."""

    count: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """The state of the tables at one moment.

    Attributes:
        now: the database's time.
        lanes: deliveries not finished, of every lane.
        instances: events not processed, of instances that have some.
        leases: until when each lease is held that is held now.
    """

    now: datetime
    lanes: Mapping[Lane, Waiting]
    instances: Mapping[str, Waiting]
    leases: Mapping[str, datetime]


def read_backlog(database: Database) -> Backlog:
    """Return what waits now; takes as long as there are rows that wait."""
    with database.read() as session:
        now = database.now(session)
        lanes = _waiting(session, _LANES, col(Outbox.id), col(Outbox.created_at))
        held = session.execute(
            select(col(Lease.name), col(Lease.until)).where(
                col(Lease.holder).is_not(None), col(Lease.until) > now
            )
        )
        return Backlog(
            now=now,
            lanes={lane: lanes.get(lane, Waiting()) for lane in Lane},
            instances=_waiting(session, _INSTANCES, col(Inbox.id), col(Inbox.received_at)),
            leases={name: until for name, until in held if until is not None},
        )


def _waiting(session: Session, counted: Any, id: Any, since: Any) -> dict[Any, Waiting]:
    groups = session.execute(counted).all()
    # ids sort by the time they were made, so the smallest is the oldest
    moments = dict(session.execute(select(id, since).where(id.in_([first for *_, first in groups]))).all())
    return {name: Waiting(count, moments.get(first)) for name, count, first in groups}
