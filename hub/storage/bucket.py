"""The portal's leaky bucket in the database: one row that every process of the hub counts in."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from hub.plugin import Clock
from hub.storage.database import Database
from hub.storage.tables import RateBucket
from hub.storage.upsert import insert_into

#: Rounding must not make a whole request out of reach.
_TINY = 1e-6


class DatabaseBucket:
    """How many requests count at the portal, by a clock that is the same for all.

    Each method is a short write transaction of its own and raises what the database raises.

    Args:
        name: of the portal.
        rate: requests the portal forgets per second.
        clock: real time, which is not what a test or a rehearsal calls the present; PostgreSQL has its own.
    """

    def __init__(self, database: Database, name: str, *, rate: float, clock: Clock) -> None:
        self._database = database
        self._name = name
        self._rate = rate
        self._clock = clock

    def draw(self, wanted: int, limit: float) -> tuple[int, float]:
        """Let up to *wanted* more requests count, at most a quarter of the room below *limit* or one.

        Returns:
            how many were added, and how many count now.
        """
        with self._database.write() as session:
            row, used, now = self._look(session)
            room = int(limit - used + _TINY)
            granted = min(wanted, max(1, room // 4)) if room >= 1 else 0
            # a clock that was set back must not stop the row from falling until it is there again
            if granted or now < row.seen_at:
                row.level, row.seen_at = used + granted, now
            return granted, used + granted

    def add(self, requests: float) -> None:
        """Let more requests count, or fewer when negative."""
        with self._database.write() as session:
            row, used, now = self._look(session)
            row.level, row.seen_at = max(0.0, used + requests), now

    def fill(self, level: float) -> None:
        """Let at least *level* requests count."""
        with self._database.write() as session:
            row, used, now = self._look(session)
            row.level, row.seen_at = max(used, level), now

    def used(self) -> float:
        """Return how many requests count."""
        with self._database.read() as session:
            row = session.get(RateBucket, self._name)
            return 0.0 if row is None else self._left(row, self._now(session))

    def _look(self, session: Session) -> tuple[RateBucket, float, datetime]:
        """Lock the row and read the time, in this order, so that it never goes back between two processes."""
        row = session.get(RateBucket, self._name, with_for_update=True)
        if row is None:
            new = insert_into(session, RateBucket).values(
                name=self._name, level=0.0, seen_at=self._now(session)
            )
            session.execute(new.on_conflict_do_nothing())
            row = session.get_one(RateBucket, self._name, with_for_update=True)
        now = self._now(session)
        return row, self._left(row, now), now

    def _left(self, row: RateBucket, now: datetime) -> float:
        elapsed = max(0.0, (now - row.seen_at).total_seconds())
        return max(0.0, row.level - elapsed * self._rate)

    def _now(self, session: Session) -> datetime:
        return self._clock.now() if self._database.is_sqlite else self._database.server_time(session)
