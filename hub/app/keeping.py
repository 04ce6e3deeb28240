"""The floor of keeping: what runs by itself, and what is kept to be looked at."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property

from hub.app.pipeline import PipelineFloor
from hub.pipeline.housekeeping import Housekeeping
from hub.pipeline.ledger import Ledger
from hub.pipeline.rehearse import Rehearse
from hub.pipeline.replay import Replay
from hub.pipeline.retention import Retention
from hub.pipeline.schedule import Schedule
from hub.pipeline.tell import Tell
from hub.pipeline.trace import Trace
from hub.storage.ledger import LedgerRows
from hub.storage.retention import RetentionRows


class KeepingFloor(PipelineFloor):
    """Schedules, sweeps, the books, and stories of what became of things."""

    @cached_property
    def schedule(self) -> Schedule:
        """Jobs and timers."""
        return Schedule(
            database=self.database,
            inbox=self.inbox,
            data=self.plugin_data,
            ids=self.ids,
            registry=self.registry,
            zone=self.settings.hub.timezone,
            ring=self.bell.process,
        )

    @cached_property
    def tell(self) -> Tell:
        """Finished deliveries, for the plugins they came from."""
        return Tell(self.database, self.outbox, self.registry, self.work)

    @cached_property
    def housekeeping(self) -> Housekeeping:
        """Sweeps and clean-up."""
        return Housekeeping(
            database=self.database,
            inbox=self.inbox,
            actions=self.actions,
            outbox=self.outbox,
            data=self.plugin_data,
            stats=self.plugin_stats,
            statuses=self.plugin_statuses,
            registry=self.registry,
            clock=self.clock,
            rings=self.rings,
        )

    @cached_property
    def ledger(self) -> Ledger:
        """Whether every row is there and every end explained."""
        return Ledger(LedgerRows(self.database), self.facts)

    @cached_property
    def retention(self) -> Retention:
        """Letting go of what is old."""
        table = self.settings.hub
        return Retention(
            RetentionRows(self.database),
            keep=timedelta(days=table.retention_days),
            keep_bodies=timedelta(days=table.body_retention_days),
        )

    @cached_property
    def trace(self) -> Trace:
        """What became of things."""
        return Trace(self.database, self.portal_watch.read, self.plugin_statuses.all)

    @cached_property
    def rehearse(self) -> Rehearse:
        """What would become of a request."""
        return Rehearse(
            registry=self.registry,
            addressing=self.addressing,
            readers=self.readers,
            work=self.work,
            base_url=self.portal_base,
            only_look=self.named_chats.only_look,
        )

    @cached_property
    def replay(self) -> Replay:
        """Running rows again."""
        return Replay(
            database=self.database,
            inbox=self.inbox,
            origins=self.origins,
            registry=self.registry,
            ids=self.ids,
        )
