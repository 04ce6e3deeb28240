"""What plugins keep: store entries and armed timers, written alone or as part of a unit of work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import bindparam, delete, or_, select
from sqlmodel import Session, col

from hub.storage.database import Database
from hub.storage.direct import run
from hub.storage.tables import ArmedTimer, Stored
from hub.storage.upsert import upsert


@dataclass(frozen=True, kw_only=True)
class SetEntry:
    """Keep a value."""

    key: str
    value: JsonValue
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class DeleteEntry:
    """Forget a value."""

    key: str


@dataclass(frozen=True, kw_only=True)
class ArmTimer:
    """Arm or move a timer."""

    name: str
    key: str
    due_at: datetime
    data: JsonValue


@dataclass(frozen=True, kw_only=True)
class DisarmTimer:
    """Disarm a timer."""

    name: str
    key: str


_ENTRY = select(col(Stored.value), col(Stored.expires_at)).where(
    col(Stored.instance) == bindparam("owner"), col(Stored.key) == bindparam("name")
)

Change = SetEntry | DeleteEntry | ArmTimer | DisarmTimer


class PluginData:
    """Reads and writes of one database for all instances; every call names its instance."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, instance: str, key: str) -> JsonValue:
        """Return a value that is there and not over, else ``None``."""
        with self._database.read() as session:
            now = self._database.now(session)
            entry = run(session, _ENTRY, {"owner": instance, "name": key}).first()
            if entry is None or (entry.expires_at is not None and entry.expires_at <= now):
                return None
            value: JsonValue = entry.value
            return value

    def scan(self, instance: str, prefix: str) -> list[tuple[str, JsonValue]]:
        """Return entries that begin with *prefix*, in the order of their keys."""
        with self._database.read() as session:
            now = self._database.now(session)
            rows = session.scalars(
                select(Stored).where(
                    col(Stored.instance) == instance,
                    col(Stored.key).startswith(prefix, autoescape=True),
                    or_(col(Stored.expires_at).is_(None), col(Stored.expires_at) > now),
                )
            )
            # LIKE ignores case in SQLite, and PostgreSQL sorts by the rules of a language
            return sorted((row.key, row.value) for row in rows if row.key.startswith(prefix))

    def apply(self, instance: str, change: Change) -> None:
        """Make one change in a transaction of its own."""
        with self._database.write() as session:
            apply_change(session, instance, change)

    def due_timers(self, session: Session, limit: int) -> list[ArmedTimer]:
        """Return timers whose time has come, oldest first, and keep others off them until *session* ends."""
        now = self._database.now(session)
        return list(
            session.scalars(
                select(ArmedTimer)
                .where(col(ArmedTimer.due_at) <= now)
                .order_by(col(ArmedTimer.due_at))
                .limit(limit)
                .with_for_update(skip_locked=True)
            )
        )

    def forget_expired(self) -> int:
        """Delete entries whose time is over; return how many."""
        with self._database.write() as session:
            now = self._database.now(session)
            gone = session.execute(
                delete(Stored).where(col(Stored.expires_at) <= now).returning(col(Stored.key))
            )
            return len(gone.all())


def apply_change(session: Session, instance: str, change: Change) -> None:
    """Make one change inside *session*."""
    match change:
        case SetEntry(key=key, value=value, expires_at=expires_at):
            upsert(session, Stored(instance=instance, key=key, value=value, expires_at=expires_at))
        case DeleteEntry(key=key):
            session.execute(delete(Stored).where(col(Stored.instance) == instance, col(Stored.key) == key))
        case ArmTimer(name=name, key=key, due_at=due_at, data=data):
            upsert(session, ArmedTimer(instance=instance, name=name, key=key, due_at=due_at, data=data))
        case DisarmTimer(name=name, key=key):
            session.execute(
                delete(ArmedTimer).where(
                    col(ArmedTimer.instance) == instance,
                    col(ArmedTimer.name) == name,
                    col(ArmedTimer.key) == key,
                )
            )
