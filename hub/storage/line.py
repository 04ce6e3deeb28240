"""Whose turn it is: the outbox rows that may be sent now, so that order holds."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Integer, Row, String, and_, bindparam, exists, func, or_, select, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from hub.plugin import DeliveryState
from hub.storage.columns import Instant
from hub.storage.fixed import fixed
from hub.storage.states import Lane, Op
from hub.storage.tables import Outbox

#: How many rows are read at a time.
_PAGE = 200
#: How far ahead a choice can look for other dialogs, in requests for each that may be on its way.
_AHEAD = 2

_PENDING = col(Outbox.state) == fixed(DeliveryState.PENDING)
_SENDING = col(Outbox.state) == fixed(DeliveryState.SENDING)
_MOMENT = bindparam("moment", type_=Instant())
#: Where order holds. The bell is a place of its own: it rings because the chat does not answer.
_ON_THE_BELL = (col(Outbox.op) == fixed(Op.NOTICE)).label("on_the_bell")
_PLACE = (col(Outbox.dialog), col(Outbox.lane), _ON_THE_BELL)


@dataclass(frozen=True)
class InLine:
    """A row whose turn it is."""

    id: str
    dialog: str
    lane: int


def _unfinished_before(row: Any) -> Any:
    """Say that an earlier row of the same thread and dialog is not finished, in the words of its index."""
    earlier: Any = aliased(Outbox)
    return and_(
        row.thread != "",
        exists().where(
            earlier.state.in_([fixed(DeliveryState.PENDING), fixed(DeliveryState.SENDING)]),
            earlier.instance == row.instance,
            earlier.thread == row.thread,
            earlier.dialog == row.dialog,
            earlier.id < row.id,
        ),
    )


def _due_in_order() -> Any:
    """Return due rows behind no row of their place that is in flight or waits for its time."""
    late = select(*_PLACE, col(Outbox.id)).where(_PENDING, col(Outbox.due_at) > _MOMENT)
    busy = select(*_PLACE, col(Outbox.id)).where(_SENDING)
    held = late.union_all(busy).subquery()
    place = (held.c.dialog, held.c.lane, held.c.on_the_bell)
    first = select(*place, func.min(held.c.id).label("first")).group_by(*place).cte("held")
    return (
        select(
            *(col(Outbox.id), *_PLACE),
            _unfinished_before(Outbox).label("behind_its_thread"),
        )
        .outerjoin(
            first,
            and_(
                first.c.dialog == Outbox.dialog,
                first.c.lane == Outbox.lane,
                first.c.on_the_bell == _ON_THE_BELL,
            ),
        )
        .where(
            *(_PENDING, col(Outbox.due_at) <= _MOMENT),
            *(col(Outbox.lane) > bindparam("above"), col(Outbox.lane) <= bindparam("lowest")),
            or_(first.c.first.is_(None), col(Outbox.id) < first.c.first),
            tuple_(col(Outbox.lane), col(Outbox.id))
            > tuple_(bindparam("after_lane", type_=Integer()), bindparam("after_id", type_=String())),
        )
        .order_by(col(Outbox.lane), col(Outbox.id))
        .limit(_PAGE)
    )


# built once, because they run for every request to the portal
_DUE = _due_in_order()
_ANY = (
    select(col(Outbox.id)).where(_PENDING, col(Outbox.due_at) <= _MOMENT).limit(1),
    select(col(Outbox.id)).where(_SENDING).limit(1),
)
_ANY_OF_LANE = (
    select(col(Outbox.id))
    .where(_PENDING, col(Outbox.due_at) <= _MOMENT, col(Outbox.lane) == bindparam("lane"))
    .limit(1)
)


def is_anybody_due(session: Session, now: datetime) -> bool:
    """Say whether there is something for a sender to do now; rows that one left behind count too."""
    return any(session.execute(query, {"moment": now}).first() is not None for query in _ANY)


def is_lane_due(session: Session, now: datetime, lane: Lane) -> bool:
    """Say whether a row of *lane* is due."""
    return session.execute(_ANY_OF_LANE, {"moment": now, "lane": int(lane)}).first() is not None


def next_in_line(
    session: Session, now: datetime, limit: int, *, shares: int = 1, lowest: Lane = Lane.BACKLOG
) -> list[str]:
    """Return at most *limit* row ids by lane and age; a tenth of the places goes to lower lanes than the first.

    A row waits while an earlier row of its thread in the same dialog is unfinished, and while an earlier row of
    its dialog and lane cannot be sent now.

    Args:
        shares: requests that may be on their way at once: when more wait than fit, leave dialogs for the others.
        lowest: choose from no lane below this one.
    """
    chosen = list(islice(_turns(session, now, lowest=lowest), _AHEAD * limit * shares))
    picked = _pick(chosen, limit, shares)
    if len(picked) < limit or picked[0].lane >= lowest:
        return [row.id for row in picked]
    top = [row for row in picked if row.lane == picked[0].lane]
    room = max(limit // 10, limit - len(top))
    lower = list(islice(_turns(session, now, above=picked[0].lane, lowest=lowest), room))
    return [row.id for row in (*top[: limit - len(lower)], *lower)]


def _pick(rows: Sequence[InLine], limit: int, shares: int) -> Sequence[InLine]:
    """Choose rows for one request: the urgent ones, then those of a part of the dialogs, each dialog in turn.

    Several rows of a dialog in one request are a risk: what follows one that fails is not executed. A request that
    is not full says that nothing else waits, so the part is as large as it takes to fill one.
    """
    if len(rows) <= limit:
        return rows
    picked = [row for row in rows if row.lane <= Lane.CRITICAL]
    dialogs: dict[str, list[InLine]] = {}
    for row in rows[len(picked) :]:
        dialogs.setdefault(row.dialog, []).append(row)
    part: list[list[InLine]] = []
    room = limit - len(picked)
    for waiting in dialogs.values():
        if room <= 0 and len(part) * shares >= len(dialogs):
            break
        part.append(waiting[::-1])
        room -= len(waiting)
    while part and len(picked) < limit:
        picked += [waiting.pop() for waiting in part]
        part = [waiting for waiting in part if waiting]
    return sorted(picked[:limit], key=lambda row: (row.lane, row.id))


def _turns(session: Session, now: datetime, *, above: int = -1, lowest: Lane) -> Iterator[InLine]:
    """Yield the rows that need not wait, of the lanes below *above* down to *lowest*."""
    skipped: set[Hashable] = set()
    for page in _due(session, now, above, lowest):
        for row in page:
            place = (row.dialog, row.lane, row.on_the_bell)
            if row.behind_its_thread or place in skipped:
                skipped.add(place)
            else:
                yield InLine(row.id, row.dialog, row.lane)


def _due(session: Session, now: datetime, above: int, lowest: Lane) -> Iterator[Sequence[Row[Any]]]:
    """Yield due rows by lane and age, in pages."""
    values = {"moment": now, "above": above, "lowest": int(lowest), "after_lane": -1, "after_id": ""}
    while page := session.execute(_DUE, values).all():
        yield page
        if len(page) < _PAGE:
            return
        values |= {"after_lane": page[-1].lane, "after_id": page[-1].id}
