"""How plugins are at run time, told by each process that calls them and kept so that others see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import delete, or_, select, update
from sqlmodel import Session, col

from hub.storage.database import Database
from hub.storage.tables import PluginStatus
from hub.storage.upsert import upsert, upsert_all

#: A process that has not shown itself for so long is gone; it does so every ten seconds.
_GONE = timedelta(seconds=30)
_FINE = ("active", "disabled")


@dataclass(frozen=True, kw_only=True)
class Told:
    """How an instance is in all processes together: as in the one where it is worst.

    Attributes:
        processes: how many told.
        alike: how many of them told this status.
    """

    status: str
    reason: str
    since: datetime
    processes: int
    alike: int


class PluginStatuses:
    """What this process tells of its plugins, and what all of them tell.

    Each process has a circuit breaker of its own: where one fails, for example because its host does not reach
    a server, the others may work.
    """

    def __init__(self, database: Database, process: str) -> None:
        self._database = database
        self._process = process

    def tell_all(self, statuses: Sequence[tuple[str, str, str]], since: datetime) -> None:
        """Begin to tell: (instance, status, reason) of each; of a disputed name the last counts.

        What processes left behind that are gone is forgotten.
        """
        with self._database.write() as session:
            now = self._database.now(session)
            gone = col(PluginStatus.seen_at) < now - _GONE
            mine = col(PluginStatus.process) == self._process
            # a SQLite file serves one process, so every other one is gone
            session.execute(
                delete(PluginStatus).where(*(() if self._database.is_sqlite else (or_(mine, gone),)))
            )
            rows = {each[0]: self._row(each, since, now) for each in statuses}
            upsert_all(session, PluginStatus, [rows[name].model_dump() for name in sorted(rows)])

    def tell(self, instance: str, status: str, reason: str, since: datetime) -> None:
        """Tell that the status of an instance has changed."""
        with self._database.write() as session:
            now = self._database.now(session)
            upsert(session, self._row((instance, status, reason), since, now))

    def show(self) -> bool:
        """Show that this process is still there; False when it was believed gone and has to tell all again."""
        with self._database.write() as session:
            seen = update(PluginStatus).where(col(PluginStatus.process) == self._process)
            now = self._database.now(session)
            return bool(session.execute(seen.values(seen_at=now).returning(col(PluginStatus.instance))).all())

    def leave(self) -> None:
        """Forget what this process told, because it ends."""
        with self._database.write() as session:
            session.execute(delete(PluginStatus).where(col(PluginStatus.process) == self._process))

    def all(self) -> Mapping[str, Told]:
        """Return how each instance is, by name."""
        with self._database.read() as session:
            rows = self._present(session)
        by_instance = groupby(sorted(rows, key=lambda row: row.instance), key=lambda row: row.instance)
        return {instance: _together(list(told)) for instance, told in by_instance}

    def _present(self, session: Session) -> Sequence[PluginStatus]:
        since = self._database.now(session) - _GONE
        return session.scalars(select(PluginStatus).where(col(PluginStatus.seen_at) >= since)).all()

    def _row(self, told: tuple[str, str, str], since: datetime, now: datetime) -> PluginStatus:
        instance, status, reason = told
        return PluginStatus(
            process=self._process, instance=instance, status=status, reason=reason, since=since, seen_at=now
        )


def _together(told: Sequence[PluginStatus]) -> Told:
    worst = max(
        told, key=lambda row: (row.status not in _FINE, row.status == "failing", -row.since.timestamp())
    )
    return Told(
        status=worst.status,
        reason=worst.reason,
        since=worst.since,
        processes=len(told),
        alike=sum(row.status == worst.status for row in told),
    )
