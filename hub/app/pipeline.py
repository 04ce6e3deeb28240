"""The floor of the pipeline: the way of an event, from accept to the rows that are sent."""

from __future__ import annotations

from functools import cached_property

from hub.app.treating import TreatingFloor
from hub.pipeline.accept import Accept
from hub.pipeline.addressing import Addressing
from hub.pipeline.arrivals import Arrivals
from hub.pipeline.claims import Claims
from hub.pipeline.commit import Commit
from hub.pipeline.flood import Flood
from hub.pipeline.folding_words import HUB
from hub.pipeline.heard import Heard
from hub.pipeline.lateness import Lateness
from hub.pipeline.muting import Muting
from hub.pipeline.object_rows import ObjectRows
from hub.pipeline.origin import Origins
from hub.pipeline.plan import Plan
from hub.pipeline.portal_objects import PortalObjects
from hub.pipeline.process import Process
from hub.pipeline.rings import Rings
from hub.pipeline.slots import Slots
from hub.registry.guard import THREADS
from hub.settings import Rate


class PipelineFloor(TreatingFloor):
    """What happens to a thing."""

    #: Threads for instances that have much to do, beside the one that each has for itself.
    shared_threads = 8

    @cached_property
    def heard(self) -> Heard:
        """Which events the portal posts."""
        return Heard(self.facts)

    @cached_property
    def object_rows(self) -> ObjectRows:
        """Rows for the portal sources of plugins."""
        return ObjectRows(self.registry, self.ids)

    @cached_property
    def arrivals(self) -> Arrivals:
        """From what the portal tells to those it is for."""
        return Arrivals(
            registry=self.registry,
            rows=self.object_rows,
            heard=self.heard,
            clock=self.clock,
            bot_event=self.incoming.follows,
        )

    @cached_property
    def portal_objects(self) -> PortalObjects:
        """From objects of the portal to notifications."""
        return PortalObjects(self.registry, self.inbox)

    @cached_property
    def origins(self) -> Origins:
        """From rows to plugin calls."""
        return Origins(
            self.registry, self.seal, self.arrivals, self.portal_objects, self.own_timer_handlers()
        )

    @cached_property
    def claims(self) -> Claims:
        """The claims of this process."""
        return Claims(self.inbox, self.holder)

    @cached_property
    def addressing(self) -> Addressing:
        """From notifications to recipients."""
        return Addressing(self.registry, self.settings.routes, self.resolve)

    @cached_property
    def plan(self) -> Plan:
        """From notifications to outbox rows."""

        def wants_to_know(instance: str) -> bool:
            return "delivery_finished" in self.registry.instance(instance).hooks

        return Plan(
            ids=self.ids,
            wants_to_know=wants_to_know,
            counts=self.metrics.deliveries,
            flood=Flood(self._flood_limit, self.folding),
            muting=Muting(self.mutes),
            away=self.away,
        )

    def _flood_limit(self, instance: str) -> Rate | None:
        table = self.settings.plugins.get(instance)
        own = None if table is None else table.flood_limit
        return None if instance == HUB else own or self.settings.limits.per_recipient

    @cached_property
    def accept(self) -> Accept:
        """From requests to committed rows."""
        return Accept(
            guard=self.registry.guard,
            writer=self.writer,
            seal=self.seal,
            ring=self.ring_processing,
            counts=self.metrics.intake,
            courtesy=self.courtesy,
        )

    @cached_property
    def slots(self) -> Slots:
        """The threads that process; an instance's own pool is no larger, so more would only wait in line."""
        names = [instance.name for instance in self.registry.instances()]
        return Slots(names, each=THREADS, shared=self.shared_threads)

    @cached_property
    def process(self) -> Process:
        """From rows to notifications."""
        counts = self.metrics.processing
        return Process(
            inbox=self.inbox,
            claims=self.claims,
            origins=self.origins,
            registry=self.registry,
            addressing=self.addressing,
            treatments=self.treatments,
            lateness=Lateness(self.clock, self.settings.hub.catch_up_max),
            commit=Commit(database=self.database, inbox=self.inbox, plan=self.plan, counts=counts),
            work=self.work,
            clock=self.clock,
            slots=self.slots,
            rings=self.rings,
            counts=counts,
            courtesy=self.courtesy,
            linger=self.linger,
        )

    @cached_property
    def rings(self) -> Rings:
        """Who is told of work."""
        return Rings(process=self.ring_processing, deliver=self.ring_delivery, act=self.bell.act)

    def ring_processing(self, instance: str) -> None:
        """Tell who processes *instance* that there is more: straight away where it is at work, else by the bell."""
        if not self.process.wake(instance):
            self.bell.process(instance)
