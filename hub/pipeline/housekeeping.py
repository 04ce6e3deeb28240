"""Housekeeping: find what a lost doorbell left behind, forget what is over, write the counters down."""

from __future__ import annotations

from sqlalchemy import delete
from sqlmodel import col

from hub.pipeline.rings import Rings
from hub.plugin import Clock
from hub.registry import Registry
from hub.storage.actions import ActionRows
from hub.storage.database import Database
from hub.storage.inbox import InboxRows
from hub.storage.mutes import forget_ended_mutes
from hub.storage.outbox import OutboxRows
from hub.storage.plugin_stats import PluginStats
from hub.storage.plugin_statuses import PluginStatuses
from hub.storage.plugin_store import PluginData
from hub.storage.tables import EarlyUpdate, PluginCounter


class Housekeeping:
    """Small regular work; doing it twice does no harm."""

    def __init__(
        self,
        *,
        database: Database,
        inbox: InboxRows,
        actions: ActionRows,
        outbox: OutboxRows,
        data: PluginData,
        stats: PluginStats,
        statuses: PluginStatuses,
        registry: Registry,
        clock: Clock,
        rings: Rings,
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._actions = actions
        self._outbox = outbox
        self._data = data
        self._stats = stats
        self._statuses = statuses
        self._registry = registry
        self._clock = clock
        self._rings = rings

    def sweep(self) -> None:
        """Ring for whatever is due."""
        for instance in self._inbox.due_instances():
            self._rings.process(instance)
        if self._actions.is_due():
            self._rings.act()
        if self._outbox.due():
            self._rings.deliver()

    def clean_up(self) -> None:
        """Forget store entries, early updates and mutes whose time is over."""
        self._data.forget_expired()
        with self._database.write() as session:
            now = self._database.now(session)
            session.execute(delete(EarlyUpdate).where(col(EarlyUpdate.expires_at) <= now))
            forget_ended_mutes(session, now)

    def write_statuses(self) -> None:
        """Write down how every plugin is in this process."""
        told = [(each.name, each.status.value, each.reason) for each in self._registry.instances()]
        self._statuses.tell_all(told, self._clock.now())

    def keep_statuses(self) -> None:
        """Let what is written down about plugins count on; called more often than it goes out of date."""
        if not self._statuses.show():
            self.write_statuses()

    def write_statistics(self) -> None:
        """Write what the registry counted, so that other processes see it."""
        deltas = self._registry.guard.counters.drain()
        if deltas:
            self._stats.add(
                [
                    PluginCounter(
                        instance=delta.instance,
                        hook=delta.hook,
                        calls=delta.calls,
                        failures=delta.failures,
                        over_budget=delta.over_budget,
                        last_error=delta.last_error,
                        last_failed_at=delta.last_error_at,
                        refusals=delta.refusals,
                        last_refusal=delta.last_refusal,
                        last_refused_at=delta.last_refusal_at,
                    )
                    for delta in deltas
                ]
            )
        for change in self._registry.status_changes():
            self._statuses.tell(change.instance, change.status.value, change.reason, change.at)
