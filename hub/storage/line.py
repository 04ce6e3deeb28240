"""Whose turn it is: the outbox rows that may be sent now, so that order holds."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Integer, Row, String, and_, bindparam, func, or_, select, tuple_
from sqlmodel import Session, col

from hub.plugin import DeliveryState
from hub.storage.columns import Instant
from hub.storage.fixed import fixed
from hub.storage.states import Op
from hub.storage.tables import Outbox

_PAGE = 200
#: Where order holds. The bell is a place of its own: it rings because the chat does not answer.
_PLACE = (col(Outbox.dialog), col(Outbox.lane), (col(Outbox.op) == fixed(Op.NOTICE)).label("on_the_bell"))
_NAME = (col(Outbox.instance), col(Outbox.thread), col(Outbox.dialog))

_PENDING = col(Outbox.state) == fixed(DeliveryState.PENDING)
_SENDING = col(Outbox.state) == fixed(DeliveryState.SENDING)
#: In the words of the indexes that only hold such rows.
_UNFINISHED = col(Outbox.state).in_([fixed(DeliveryState.PENDING), fixed(DeliveryState.SENDING)])
_MOMENT = bindparam("moment", type_=Instant())

# built once, because they run for every request to the portal
_HELD = (
    select(*_PLACE, func.min(col(Outbox.id)))
    .where(_UNFINISHED, or_(_SENDING, and_(_PENDING, col(Outbox.due_at) > _MOMENT)))
    .group_by(*_PLACE)
)
_DUE = (
    select(col(Outbox.id), col(Outbox.instance), col(Outbox.thread), *_PLACE)
    .where(
        *(_UNFINISHED, _PENDING, col(Outbox.due_at) <= _MOMENT, col(Outbox.lane) > bindparam("below")),
        tuple_(col(Outbox.lane), col(Outbox.id))
        > tuple_(bindparam("after_lane", type_=Integer()), bindparam("after_id", type_=String())),
    )
    .order_by(col(Outbox.lane), col(Outbox.id))
    .limit(_PAGE)
)
_FIRST = (
    select(*_NAME, func.min(col(Outbox.id)))
    .where(_UNFINISHED, col(Outbox.thread).in_(bindparam("threads", expanding=True)))
    .group_by(*_NAME)
)
_ANY = (
    select(col(Outbox.id))
    .where(_UNFINISHED, or_(_SENDING, and_(_PENDING, col(Outbox.due_at) <= _MOMENT)))
    .limit(1)
)


def is_anybody_due(session: Session, now: datetime) -> bool:
    """Say whether there is something for a sender to do now; rows that one left behind count too."""
    return session.execute(_ANY, {"moment": now}).first() is not None


def next_in_line(session: Session, now: datetime, limit: int) -> list[str]:
    """Return at most *limit* row ids by lane and age; a tenth of the places goes to lower lanes than the first.

    A row waits while an earlier row of its thread in the same dialog is unfinished, and while an earlier row of
    its dialog and lane cannot be sent now. What is read grows with *limit* and with what is held up, not with
    what waits.
    """
    held = _held(session, now)
    chosen = list(islice(_turns(session, now, held), limit))
    if len(chosen) < limit:
        return [row.id for row in chosen]
    top = [row for row in chosen if row.lane == chosen[0].lane]
    lower = list(islice(_turns(session, now, held, below=chosen[0].lane), max(limit // 10, limit - len(top))))
    return [row.id for row in (*top[: limit - len(lower)], *lower)]


def _turns(
    session: Session, now: datetime, held: Mapping[Hashable, str], below: int = -1
) -> Iterator[Row[Any]]:
    """Yield the rows that need not wait, of all lanes or of those *below* one."""
    skipped: set[Hashable] = set()
    for page in _due(session, now, below):
        first = _first_of_threads(session, page)
        for row in page:
            place = (row.dialog, row.lane, row.on_the_bell)
            thread = (row.instance, row.thread, row.dialog)
            if place in skipped or held.get(place, row.id) < row.id or first.get(thread, row.id) < row.id:
                skipped.add(place)
            else:
                yield row


def _held(session: Session, now: datetime) -> dict[Hashable, str]:
    """Return the oldest row of each place that is in flight or waits for its time."""
    return {tuple(row[:-1]): row[-1] for row in session.execute(_HELD, {"moment": now})}


def _due(session: Session, now: datetime, below: int) -> Iterator[Sequence[Row[Any]]]:
    """Yield due rows by lane and age, in pages."""
    values = {"moment": now, "below": below, "after_lane": -1, "after_id": ""}
    while page := session.execute(_DUE, values).all():
        yield page
        if len(page) < _PAGE:
            return
        values |= {"after_lane": page[-1].lane, "after_id": page[-1].id}


def _first_of_threads(session: Session, page: Sequence[Row[Any]]) -> dict[Hashable, str]:
    """Return the oldest unfinished row of each thread and dialog on *page*."""
    threads = {row.thread for row in page if row.thread}
    if not threads:
        return {}
    rows = session.execute(_FIRST, {"threads": list(threads)})
    return {tuple(row[:-1]): row[-1] for row in rows}
