"""Whose turn it is: the outbox rows that may be sent now, so that order holds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Integer, String, and_, bindparam, exists, select, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from hub.plugin import DeliveryState
from hub.storage.columns import Instant
from hub.storage.direct import run
from hub.storage.fixed import fixed
from hub.storage.states import Lane, Op
from hub.storage.tables import Outbox

#: How many rows are read at a time.
_PAGE = 200

_PENDING = col(Outbox.state) == fixed(DeliveryState.PENDING)
_SENDING = col(Outbox.state) == fixed(DeliveryState.SENDING)
_MOMENT = bindparam("moment", type_=Instant())
#: Where order holds. The bell is a place of its own: it rings because the chat does not answer.
_ON_THE_BELL = (col(Outbox.op) == fixed(Op.NOTICE)).label("on_the_bell")
_PLACE = (col(Outbox.dialog), col(Outbox.lane), _ON_THE_BELL)


class InLine(NamedTuple):
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


def _first_held(row: Any, *held: Callable[[Any], Any]) -> Any:
    """Return the id of an earlier row of the same place for which *held* is true.

    A subquery that returns a value is looked up row by row in an index. PostgreSQL would make a join of "not exists",
    and one that compares every row with every held place, because all are of few lanes.
    """
    earlier: Any = aliased(Outbox)
    return (
        select(earlier.id)
        .where(
            *(condition(earlier) for condition in held),
            earlier.dialog == row.dialog,
            earlier.lane == row.lane,
            (earlier.op == fixed(Op.NOTICE)) == (row.op == fixed(Op.NOTICE)),
            # computed, or SQLite looks for it by lane and id, among all that wait
            earlier.id.concat("") < row.id,
        )
        .limit(1)
        .scalar_subquery()
    )


def _due_in_order() -> Any:
    """Return due rows behind no row of their place that is in flight or waits for its time."""
    in_flight = _first_held(Outbox, lambda row: row.state == fixed(DeliveryState.SENDING))
    waiting = _first_held(
        Outbox,
        lambda row: row.state == fixed(DeliveryState.PENDING),
        lambda row: row.due_at > _MOMENT,
    )
    return (
        select(
            *(col(Outbox.id), *_PLACE),
            _unfinished_before(Outbox).label("behind_its_thread"),
        )
        .where(
            *(_PENDING, col(Outbox.due_at) <= _MOMENT),
            *(col(Outbox.lane) > bindparam("above"), col(Outbox.lane) <= bindparam("lowest")),
            *(in_flight.is_(None), waiting.is_(None)),
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


def is_anybody_due(session: Session, now: datetime) -> bool:
    """Say whether there is something for a sender to do now; rows that one left behind count too."""
    return any(run(session, query, {"moment": now}).first() is not None for query in _ANY)


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
    chosen = list(islice(_turns(session, now, lowest=lowest), limit * shares))
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
        for id, dialog, lane, on_the_bell, behind_its_thread in page:
            place = (dialog, lane, on_the_bell)
            if behind_its_thread or place in skipped:
                skipped.add(place)
            else:
                yield InLine(id, dialog, lane)


def _due(session: Session, now: datetime, above: int, lowest: Lane) -> Iterator[Sequence[Any]]:
    """Yield due rows by lane and age, in pages."""
    values = {"moment": now, "above": above, "lowest": int(lowest), "after_lane": -1, "after_id": ""}
    while page := run(session, _DUE, values).all():
        yield page
        if len(page) < _PAGE:
            return
        values |= {"after_lane": page[-1].lane, "after_id": page[-1].id}
