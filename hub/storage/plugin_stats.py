"""Counters of plugins, kept so that another process sees them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.sql.base import Executable
from sqlmodel import Session, col

from hub.storage.database import Database
from hub.storage.direct import run
from hub.storage.tables import PluginCounter
from hub.storage.upsert import insert_into


class PluginStats:
    """Written by the processes that call hooks, read by ``hub plugins``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, deltas: Sequence[PluginCounter]) -> None:
        """Add what was counted since the last time."""
        # in one order, so that two processes do not wait for each other
        rows = [each.model_dump() for each in sorted(deltas, key=lambda each: (each.instance, each.hook))]
        with self._database.write() as session:
            run(session, _add(session), rows)

    def counters(self, instance: str) -> list[PluginCounter]:
        """Return what was counted for an instance, by hook."""
        with self._database.read() as session:
            query = select(PluginCounter).where(col(PluginCounter.instance) == instance)
            return list(session.scalars(query.order_by(col(PluginCounter.hook))))

    def refusals(self, hook: str, since: datetime, instance: str | None = None) -> list[PluginCounter]:
        """Return the counters of *hook* whose latest refusal is not older than *since*, by instance."""
        query = select(PluginCounter).where(
            col(PluginCounter.hook) == hook, col(PluginCounter.last_refused_at) >= since
        )
        if instance is not None:
            query = query.where(col(PluginCounter.instance) == instance)
        with self._database.read() as session:
            return list(session.scalars(query.order_by(col(PluginCounter.instance))))


def _add(session: Session) -> Executable:
    statement = insert_into(session, PluginCounter)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["instance", "hook"],
        set_={
            "calls": col(PluginCounter.calls) + new.calls,
            "failures": col(PluginCounter.failures) + new.failures,
            "over_budget": col(PluginCounter.over_budget) + new.over_budget,
            "last_error": case(
                (new.last_failed_at.is_(None), col(PluginCounter.last_error)), else_=new.last_error
            ),
            "refusals": col(PluginCounter.refusals) + new.refusals,
            "last_refusal": case(
                (new.last_refused_at.is_(None), col(PluginCounter.last_refusal)), else_=new.last_refusal
            ),
            "last_refused_at": func.coalesce(new.last_refused_at, col(PluginCounter.last_refused_at)),
            "last_failed_at": func.coalesce(new.last_failed_at, col(PluginCounter.last_failed_at)),
        },
    )
