"""Leases: things that only one process may do at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from sqlalchemy import or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from hub.storage.database import Database
from hub.storage.tables import Lease


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
            now = self._database.now(session)
            _ensure(session, self._database.is_sqlite, name)
            taken = session.execute(
                update(Lease)
                .where(
                    col(Lease.name) == name,
                    or_(
                        col(Lease.holder).is_(None),
                        col(Lease.holder) == self.holder,
                        col(Lease.until) < now,
                    ),
                )
                .values(holder=self.holder, until=now + ttl, rung=False)
                .returning(col(Lease.name))
            ).first()
            if taken is None:
                session.execute(update(Lease).where(col(Lease.name) == name).values(rung=True))
            return taken is not None

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
            rung = session.execute(
                update(Lease)
                .where(col(Lease.name) == name, col(Lease.holder) == self.holder, col(Lease.rung).is_(True))
                .values(rung=False)
                .returning(col(Lease.name))
            ).first()
            if rung is not None:
                return False
            session.execute(
                update(Lease)
                .where(col(Lease.name) == name, col(Lease.holder) == self.holder)
                .values(holder=None, until=None)
            )
            return True


def _ensure(session: Session, is_sqlite: bool, name: str) -> None:
    dialect = sqlite if is_sqlite else postgresql
    session.execute(dialect.insert(Lease).values(name=name, rung=False).on_conflict_do_nothing())
