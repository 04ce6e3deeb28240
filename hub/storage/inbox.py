"""Inbox rows: claim, mark, look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias, cast

from sqlalchemy import ColumnElement, Integer, Select, String, bindparam, func, null, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col

from hub.storage.columns import Instant, storable
from hub.storage.database import Database
from hub.storage.direct import run
from hub.storage.fixed import fixed
from hub.storage.statements import add
from hub.storage.states import InboxState
from hub.storage.tables import Inbox

#: How long a claim lives without being renewed, every second; work of a killed worker runs again after it.
LEASE = timedelta(seconds=4)

#: The state a row ends in, and why.
Ending: TypeAlias = "tuple[InboxState, str]"

#: How many rows are looked at first: those behind an unfinished one of their group may be many.
_WINDOW = 200

#: How many rows of a group are read together.
_MOST_TOGETHER = 500

_INBOX = SQLModel.metadata.tables["inbox"]
_IS_NEW = col(Inbox.state) == fixed(InboxState.NEW)


def _is_first_of_group() -> ColumnElement[bool]:
    earlier: Any = aliased(Inbox)
    blocked = (
        select(earlier.id)
        .where(
            earlier.instance == Inbox.instance,
            earlier.group_key == Inbox.group_key,
            earlier.state == fixed(InboxState.NEW),
            earlier.id < Inbox.id,
        )
        .exists()
    )
    return or_(col(Inbox.group_key).is_(None), ~blocked)


_WAITS = (
    _IS_NEW,
    col(Inbox.instance) == bindparam("wanted"),
    col(Inbox.due_at) <= bindparam("moment", type_=Instant()),
    or_(col(Inbox.claim).is_(None), col(Inbox.lease_until) < bindparam("moment", type_=Instant())),
)
_IN_ORDER = select(col(Inbox.id)).order_by(col(Inbox.id)).limit(bindparam("most", type_=Integer()))
_FIRST = select(col(Inbox.id)).where(*_WAITS).order_by(col(Inbox.id)).limit(_WINDOW).scalar_subquery()
_WAITING = _IN_ORDER.where(*_WAITS)
#: Rows whose turn it is, first among the oldest of those that wait, then among all.
_DUE = (
    _IN_ORDER.where(*_WAITS, col(Inbox.id).in_(_FIRST), _is_first_of_group()),
    _IN_ORDER.where(*_WAITS, _is_first_of_group()),
)


def _claim(due: Select[Any]) -> Any:
    # a common table expression runs once; a plain subquery may run again and lock more than the limit
    chosen = due.with_for_update(skip_locked=True).cte("due")
    return (
        update(_INBOX)
        .where(_INBOX.c.id.in_(select(chosen.c.id)))
        .values(
            claim=bindparam("token"),
            lease_until=bindparam("until", type_=Instant()),
            attempts=_INBOX.c.attempts + 1,
        )
        .returning(*_INBOX.c)
    )


_CLAIM = tuple(_claim(due) for due in _DUE)
_CLAIM_LEAST_TRIED = tuple(
    _claim(due.order_by(None).order_by(col(Inbox.attempts), col(Inbox.id))) for due in _DUE
)

_FINISH = (
    update(_INBOX)
    .where(
        _INBOX.c.id.in_(bindparam("ids", expanding=True)),
        _INBOX.c.claim == bindparam("token"),
        _INBOX.c.state == fixed(InboxState.NEW),
    )
    .values(
        state=bindparam("ending", type_=String()),
        reason=bindparam("why", type_=String()),
        claim=null(),
        lease_until=null(),
        finished_at=bindparam("moment", type_=Instant()),
    )
    .returning(_INBOX.c.id)
)


_FINISH_WITH = (
    update(_INBOX)
    .where(_INBOX.c.id.in_(bindparam("others", expanding=True)), _IS_NEW, _INBOX.c.claim.is_(None))
    .values(
        state=InboxState.IGNORED.value,
        reason=bindparam("why", type_=String()),
        finished_at=bindparam("moment", type_=Instant()),
    )
)


def _values(instance: str, now: datetime, limit: int) -> dict[str, object]:
    return {"wanted": instance, "moment": now, "most": limit}


class InboxRows:
    """The rows that processing claims and marks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due_instances(self) -> list[str]:
        """Return the instances that have a row to process now."""
        with self._database.read() as session:
            instances = session.scalars(select(col(Inbox.instance)).where(_IS_NEW).distinct()).all()
        return [instance for instance in instances if self.has_due(instance)]

    def has_due(self, instance: str) -> bool:
        """Say whether a row of *instance* can be claimed now."""
        with self._database.read() as session:
            return any(
                run(session, query, _values(instance, self._database.now(session), 1)).first() is not None
                for query in _DUE
            )

    def claim(
        self,
        instance: str,
        token: str,
        limit: int,
        *,
        expected: bool = False,
        least_tried_first: bool = False,
    ) -> list[Inbox]:
        """Claim due rows of *instance* in the order accepted, of a group only the first unfinished one.

        The rows are read-only.

        Args:
            expected: there is probably one, so do not look before taking the turn to write.
            least_tried_first: prefer rows with few attempts, so that one that always fails is not always it.
        """
        if not expected and not self._is_waiting(instance):
            return []
        with self._database.write() as session:
            now = self._database.now(session)
            values = {**_values(instance, now, limit), "token": token, "until": now + LEASE}
            for statement in _CLAIM_LEAST_TRIED if least_tried_first else _CLAIM:
                if claimed := run(session, statement, values).all():
                    return [cast(Inbox, row) for row in sorted(claimed, key=lambda row: row.id)]
            return []

    def _is_waiting(self, instance: str) -> bool:
        with self._database.read() as session:
            values = _values(instance, self._database.now(session), 1)
            return run(session, _WAITING, values).first() is not None

    def renew(self, tokens: Sequence[str]) -> None:
        """Keep the claims of work that goes on."""
        with self._database.write() as session:
            now = self._database.now(session)
            session.execute(
                update(Inbox).where(col(Inbox.claim).in_(tokens), _IS_NEW).values(lease_until=now + LEASE)
            )

    def release_all(self) -> None:
        """Void every claim; only for the one process that has the database to itself."""
        with self._database.write() as session:
            session.execute(
                update(Inbox)
                .where(_IS_NEW, col(Inbox.claim).is_not(None))
                .values(claim=None, lease_until=None)
            )

    def release(self, id: str, token: str, due_at: datetime | None = None, reason: str = "") -> None:
        """Give a claimed row back, to be tried at *due_at*; without it at once and not counted as a try."""
        with self._database.write() as session:
            values: dict[str, object] = {"claim": None, "lease_until": None, "reason": storable(reason)}
            if due_at is None:
                values["attempts"] = col(Inbox.attempts) - 1
            else:
                values["due_at"] = due_at
            session.execute(
                update(Inbox).where(col(Inbox.id) == id, col(Inbox.claim) == token).values(**values)
            )

    def finish(self, id: str, token: str, state: InboxState, reason: str) -> bool:
        """End a row in a transaction of its own; False when the claim was lost."""
        with self._database.write() as session:
            return bool(self.finish_all(session, token, {id: (state, reason)}))

    def finish_all(self, session: Session, token: str, endings: Mapping[str, Ending]) -> set[str]:
        """End rows inside *session* and return their ids; one whose claim was lost is not among them."""
        alike: dict[Ending, list[str]] = {}
        for id, ending in endings.items():
            alike.setdefault(ending, []).append(id)
        now = self._database.now(session)
        ended: set[str] = set()
        for (state, reason), ids in alike.items():
            values = {
                "ids": ids,
                "token": token,
                "ending": state.value,
                "why": storable(reason),
                "moment": now,
            }
            ended.update(run(session, _FINISH, values).scalars())
        return ended

    def finish_with(self, session: Session, id: str, others: Sequence[str]) -> None:
        """End rows that nobody claimed, because what they are about was read together with the row *id*."""
        if others:
            values = {
                "others": list(others),
                "why": f"read together with {id}",
                "moment": self._database.now(session),
            }
            session.execute(_FINISH_WITH, values)

    def add_in(self, session: Session, row: Inbox) -> bool:
        """Insert a row of the hub's own making; False when its key is there already."""
        if self.by_key(session, row.instance, row.key) is not None:
            return False
        add(session, row)
        return True

    def behind(self, row: Inbox) -> list[Inbox]:
        """Return what nobody has claimed of the group and kind of a claimed *row*, oldest first, due or not."""
        query = select(Inbox).where(
            _IS_NEW,
            *(col(Inbox.instance) == row.instance, col(Inbox.group_key) == row.group_key),
            *(col(Inbox.kind) == row.kind, col(Inbox.claim).is_(None), col(Inbox.id) != row.id),
        )
        with self._database.read() as session:
            return list(session.scalars(query.order_by(col(Inbox.id)).limit(_MOST_TOGETHER)))

    def by_key(self, session: Session, instance: str, key: str) -> str | None:
        """Return the id of the row with this key."""
        return session.scalars(
            select(col(Inbox.id)).where(col(Inbox.instance) == instance, col(Inbox.key) == key)
        ).first()

    def get(self, id: str) -> Inbox | None:
        """Return one row."""
        with self._database.read() as session:
            return session.get(Inbox, id)

    def counts(self) -> dict[str, int]:
        """Return how many rows are in each state."""
        with self._database.read() as session:
            rows = session.execute(select(col(Inbox.state), func.count()).group_by(col(Inbox.state)))
            return {state: count for state, count in rows}  # noqa: C416
