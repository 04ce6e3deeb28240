"""Whose turn it is: the outbox rows that may be sent now, so that order holds."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Row, and_, func, or_, select, tuple_
from sqlmodel import Session, col

from hub.plugin import DeliveryState
from hub.storage.states import Op
from hub.storage.tables import Outbox

_PAGE = 200
_WAITING = (DeliveryState.PENDING, DeliveryState.SENDING)
#: Where order holds. The bell is a place of its own: it rings because the chat does not answer.
_PLACE = (col(Outbox.dialog), col(Outbox.lane), (col(Outbox.op) == Op.NOTICE).label("on_the_bell"))
_COLUMNS = (col(Outbox.id), col(Outbox.instance), col(Outbox.thread), *_PLACE)


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
    session: Session, now: datetime, held: Mapping[Hashable, str], below: int | None = None
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
    rows = session.execute(
        select(*_PLACE, func.min(col(Outbox.id)))
        .where(
            or_(
                col(Outbox.state) == DeliveryState.SENDING,
                and_(col(Outbox.state) == DeliveryState.PENDING, col(Outbox.due_at) > now),
            )
        )
        .group_by(*_PLACE)
    )
    return {tuple(row[:-1]): row[-1] for row in rows}


def _due(session: Session, now: datetime, below: int | None) -> Iterator[Sequence[Row[Any]]]:
    """Yield due rows by lane and age, in pages."""
    query = (
        select(*_COLUMNS)
        .where(col(Outbox.state) == DeliveryState.PENDING, col(Outbox.due_at) <= now)
        .order_by(col(Outbox.lane), col(Outbox.id))
        .limit(_PAGE)
    )
    if below is not None:
        query = query.where(col(Outbox.lane) > below)
    page = session.execute(query).all()
    while page:
        yield page
        after = tuple_(col(Outbox.lane), col(Outbox.id)) > tuple_(page[-1].lane, page[-1].id)
        page = session.execute(query.where(after)).all()


def _first_of_threads(session: Session, page: Sequence[Row[Any]]) -> dict[Hashable, str]:
    """Return the oldest unfinished row of each thread and dialog on *page*."""
    threads = {row.thread for row in page if row.thread}
    name = (col(Outbox.instance), col(Outbox.thread), col(Outbox.dialog))
    rows = session.execute(
        select(*name, func.min(col(Outbox.id)))
        .where(col(Outbox.state).in_(_WAITING), col(Outbox.thread).in_(threads))
        .group_by(*name)
    )
    return {tuple(row[:-1]): row[-1] for row in rows}
