"""Counters and statuses of plugins, kept so that another process sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from hub.storage.database import Database
from hub.storage.tables import PluginCounter, PluginStatus


class PluginStats:
    """Written by the processes that call hooks, read by ``hub plugins``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, deltas: Sequence[PluginCounter]) -> None:
        """Add what was counted since the last time."""
        with self._database.write() as session:
            for delta in deltas:
                counter = session.get(PluginCounter, (delta.instance, delta.hook))
                if counter is None:
                    session.add(PluginCounter(**delta.model_dump()))
                    continue
                counter.calls += delta.calls
                counter.failures += delta.failures
                counter.over_budget += delta.over_budget
                if delta.last_failed_at is not None:
                    counter.last_error, counter.last_failed_at = delta.last_error, delta.last_failed_at

    def counters(self, instance: str) -> list[PluginCounter]:
        """Return what was counted for an instance, by hook."""
        with self._database.read() as session:
            query = select(PluginCounter).where(col(PluginCounter.instance) == instance)
            return list(session.scalars(query.order_by(col(PluginCounter.hook))))

    def set_status(self, instance: str, status: str, reason: str, since: datetime) -> None:
        """Remember the status at run time."""
        with self._database.write() as session:
            session.merge(PluginStatus(instance=instance, status=status, reason=reason, since=since))

    def statuses(self) -> Mapping[str, PluginStatus]:
        """Return the statuses at run time by instance."""
        with self._database.read() as session:
            return {row.instance: row for row in session.scalars(select(PluginStatus))}
