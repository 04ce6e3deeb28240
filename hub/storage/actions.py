"""Actions: what people clicked and typed, claimed and ended like other rows, but never begun twice by accident."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from hub.storage.chat_tables import Action
from hub.storage.columns import storable
from hub.storage.database import Database
from hub.storage.fixed import fixed
from hub.storage.ids import first_id
from hub.storage.serial import one_at_a_time
from hub.storage.states import ActionState

#: How long a claim lives without being renewed, every second.
LEASE = timedelta(seconds=4)

_UNFINISHED = col(Action.state).in_([fixed(ActionState.NEW), fixed(ActionState.RUNNING)])
_HELD = col(Action.state).in_([fixed(ActionState.RUNNING), fixed(ActionState.DONE)])


@dataclass(frozen=True, kw_only=True)
class Begun:
    """An action that is ours to do.

    Attributes:
        rival: who does the same now, or has done it last; the action is not to be done then, unless the card
            offers it anew.
        lost: it was begun before, by a process that ended without a word.
    """

    action: Action
    rival: Action | None = None
    lost: bool = False


class ActionRows:
    """The rows that acting claims and marks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def is_due(self) -> bool:
        """Say whether somebody waits for something to be done."""
        with self._database.read() as session:
            due = _due(self._database.now(session), ())
            return session.scalars(due.with_only_columns(col(Action.id))).first() is not None

    def begin(self, token: str, *, busy: Collection[str] = ()) -> Begun | None:
        """Claim the oldest action that is due; from now on it counts as running.

        Args:
            busy: instances that have enough to do.
        """
        with self._database.write() as session:
            now = self._database.now(session)
            row = session.scalars(_due(now, busy).with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            one_at_a_time(session, {f"action {row.once}"})
            lost = row.state == ActionState.RUNNING
            rival = _rival(session, row)
            if rival is None or rival.state == ActionState.DONE:
                row.state = ActionState.RUNNING
            row.claim, row.lease_until, row.attempts = token, now + LEASE, row.attempts + 1
            return Begun(action=row, rival=rival, lost=lost)

    def renew(self, tokens: Sequence[str]) -> None:
        """Keep the claims of work that goes on."""
        with self._database.write() as session:
            now = self._database.now(session)
            session.execute(
                update(Action)
                .where(col(Action.claim).in_(tokens), _UNFINISHED)
                .values(lease_until=now + LEASE)
            )

    def release_all(self) -> None:
        """Let every claim expire; only for the one process that has the database to itself."""
        with self._database.write() as session:
            session.execute(update(Action).where(_UNFINISHED).values(claim=None, lease_until=None))

    def put_off(self, id: str, token: str, due_at: datetime, reason: str) -> None:
        """Give an action back that was not begun after all."""
        with self._database.write() as session:
            _change(
                session,
                id,
                token,
                state=ActionState.NEW,
                due_at=due_at,
                reason=storable(reason),
                lease_until=None,
            )

    def finish(self, session: Session, id: str, token: str, state: ActionState, **values: str) -> bool:
        """End an action inside *session*; False when the claim was lost.

        Args:
            values: further columns, such as the reason.
        """
        now = self._database.now(session)
        kept = {name: storable(value) for name, value in values.items()}
        return _change(session, id, token, state=state, finished_at=now, lease_until=None, **kept)

    def number_since(self, actor: str, moment: datetime) -> int:
        """Return how much somebody has asked for since *moment*."""
        asked = select(func.count()).where(
            col(Action.id) >= first_id("a", moment), col(Action.actor) == actor
        )
        with self._database.read() as session:
            return session.scalars(asked).one()

    def list(self, *, limit: int, state: str | None = None, actor: str | None = None) -> Sequence[Action]:
        """Return actions, the newest first."""
        query = select(Action).order_by(col(Action.id).desc()).limit(limit)
        if state is not None:
            query = query.where(col(Action.state) == state)
        if actor is not None:
            query = query.where(col(Action.actor) == actor)
        with self._database.read() as session:
            return session.scalars(query).all()


def _due(now: datetime, busy: Collection[str]) -> SelectOfScalar[Action]:
    due = select(Action).where(
        _UNFINISHED,
        col(Action.due_at) <= now,
        or_(col(Action.claim).is_(None), col(Action.lease_until).is_(None), col(Action.lease_until) < now),
    )
    if busy:
        due = due.where(col(Action.instance).not_in(busy))
    return due.order_by(col(Action.id)).limit(1)


def _rival(session: Session, row: Action) -> Action | None:
    """Return who does the same now, else who has done it last."""
    rivals = select(Action).where(_HELD, col(Action.once) == row.once, col(Action.id) != row.id)
    latest = col(Action.finished_at).desc().nulls_first()
    return session.scalars(rivals.order_by(latest).limit(1)).first()


def _change(session: Session, id: str, token: str, **values: object) -> bool:
    changed = session.execute(
        update(Action)
        .where(col(Action.id) == id, col(Action.claim) == token, _UNFINISHED)
        .values(claim=None, **values)
        .returning(col(Action.id))
        .execution_options(synchronize_session=False)
    ).first()
    return changed is not None
