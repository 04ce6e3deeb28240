"""Leases: things that only one process may do at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from sqlalchemy import update
from sqlmodel import Session, col

from hub.storage.database import Database
from hub.storage.tables import Lease
from hub.storage.upsert import insert_into


class Leases(Protocol):
    """Acquires, renews and releases leases of one holder (a process)."""

    @property
    def holder(self) -> str:
        """Who holds what is acquired here."""

    def acquire(self, name: str, ttl: timedelta) -> bool:
        """Take or renew the lease; False while somebody else holds it."""

    def renew(self, name: str, ttl: timedelta) -> bool:
        """Extend a lease that is held; False when it was lost."""

    def release(self, name: str) -> bool:
        """Let go; False when somebody asked for it meanwhile, so look once more and release again."""


class OwnLeases:
    """Leases of the one process that has the database to itself: always granted, nothing is written."""

    def __init__(self, holder: str) -> None:
        self.holder = holder

    def acquire(self, name: str, ttl: timedelta) -> bool:
        """Grant it; inside the process, locks keep threads apart."""
        return True

    def renew(self, name: str, ttl: timedelta) -> bool:
        """Keep it."""
        return True

    def release(self, name: str) -> bool:
        """Let go."""
        return True


class SharedLeases:
    """Leases in the database, for several processes."""

    def __init__(self, database: Database, holder: str) -> None:
        self._database = database
        self.holder = holder

    def acquire(self, name: str, ttl: timedelta) -> bool:
        """Take or renew the lease; False while somebody else holds it.

        A refusal leaves a mark, so that the holder looks once more before it lets go (see :meth:`release`).
        """
        with self._database.write() as session:
            lease = _lock(session, name) or _create(session, name)
            now = self._database.now(session)
            if lease.holder in (None, self.holder) or lease.until is None or lease.until < now:
                lease.holder, lease.until, lease.rung = self.holder, now + ttl, False
                return True
            lease.rung = True
            return False

    def renew(self, name: str, ttl: timedelta) -> bool:
        """Extend a lease that is held; False when it was lost."""
        with self._database.write() as session:
            now = self._database.now(session)
            kept = session.execute(
                update(Lease)
                .where(col(Lease.name) == name, col(Lease.holder) == self.holder)
                .values(until=now + ttl)
                .returning(col(Lease.name))
            ).first()
            return kept is not None

    def release(self, name: str) -> bool:
        """Let go; False when somebody asked for it meanwhile, so look once more and release again."""
        with self._database.write() as session:
            lease = _lock(session, name)
            if lease is None or lease.holder != self.holder:
                return True
            if lease.rung:
                lease.rung = False
                return False
            lease.holder = lease.until = None
            return True


def _lock(session: Session, name: str) -> Lease | None:
    """Read a lease and keep others off it, so that nobody asks between the last look and the letting go."""
    return session.get(Lease, name, with_for_update=True)


def _create(session: Session, name: str) -> Lease:
    insert = insert_into(session, Lease).values(name=name, rung=False)
    session.execute(insert.on_conflict_do_nothing())
    return session.get_one(Lease, name, with_for_update=True)
