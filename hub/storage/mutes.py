"""Mutes: what a dialog does not want to be told of, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, exists, func, select
from sqlmodel import Session, col

from hub.storage.chat_tables import Mute
from hub.storage.columns import Instant
from hub.storage.database import Database
from hub.storage.upsert import upsert

#: Mutes of one dialog; nobody needs more, and each is compared with every notification.
MOST = 50
#: How long it is believed that somebody mutes something, or nobody; another process may know better.
_BELIEVED = timedelta(seconds=2)

# built once, because they may run for every event
_ANY = select(exists().where(col(Mute.until) > bindparam("moment", type_=Instant())))
_RUNNING = (
    select(Mute)
    .where(
        col(Mute.dialog).in_(bindparam("dialogs", expanding=True)),
        col(Mute.until) > bindparam("moment", type_=Instant()),
    )
    .order_by(col(Mute.until))
)


class MuteRows:
    """The mutes of all dialogs. While there are none, planning asks only every two seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked: tuple[datetime, bool] | None = None

    def of(self, dialog: str) -> Sequence[Mute]:
        """Return what a dialog mutes now, what ends first in front."""
        with self._database.read() as session:
            return _running(session, [dialog], self._database.now(session))

    def among(self, session: Session, dialogs: Sequence[str], now: datetime) -> Sequence[Mute]:
        """Return what some *dialogs* mute now, what ends first in front."""
        asked = self._asked
        if asked is None or abs(now - asked[0]) >= _BELIEVED:
            self._asked = asked = now, session.scalars(_ANY, {"moment": now}).one()
        return _running(session, dialogs, now) if asked[1] else ()

    def put(self, dialog: str, what: str, *, critical: bool, actor: str, length: timedelta) -> Mute | None:
        """Begin to mute, instead of a mute of the same; ``None`` when the dialog has too many."""
        with self._database.write() as session:
            now = self._database.now(session)
            others = (col(Mute.dialog) == dialog, col(Mute.what) != what, col(Mute.until) > now)
            if session.scalars(select(func.count()).where(*others)).one() >= MOST:
                return None
            mute = Mute(dialog=dialog, what=what, critical=critical, actor=actor, until=now + length)
            upsert(session, mute)
        self._asked = None
        return mute

    def end(self, dialog: str, what: str | None) -> bool:
        """End one mute, or with ``None`` all; False when there was none."""
        which = [col(Mute.dialog) == dialog] + ([] if what is None else [col(Mute.what) == what])
        with self._database.write() as session:
            now = self._database.now(session)
            ended = session.scalars(delete(Mute).where(*which).returning(col(Mute.until))).all()
        return any(until > now for until in ended)


def forget_ended_mutes(session: Session, now: datetime) -> None:
    """Forget the mutes whose time is over."""
    session.execute(delete(Mute).where(col(Mute.until) <= now))


def _running(session: Session, dialogs: Sequence[str], now: datetime) -> Sequence[Mute]:
    return session.scalars(_RUNNING, {"dialogs": dialogs, "moment": now}).all()
