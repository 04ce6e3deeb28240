"""The third floor: the way of an event, from accept to deliver."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property

from hub.app.bot import BotFloor
from hub.bitrix24 import ChatsAsUser
from hub.pipeline.accept import Accept
from hub.pipeline.addressing import Addressing
from hub.pipeline.arrivals import Arrivals
from hub.pipeline.claims import Claims
from hub.pipeline.commit import Commit
from hub.pipeline.courtesy import Courtesy
from hub.pipeline.deliver.away import Away
from hub.pipeline.deliver.compose import Compose
from hub.pipeline.deliver.fallback import Fallback
from hub.pipeline.deliver.membership import Membership
from hub.pipeline.deliver.outage import Outage
from hub.pipeline.deliver.pace import Pace
from hub.pipeline.deliver.record import Record
from hub.pipeline.deliver.request import Requests
from hub.pipeline.deliver.sender import Sender
from hub.pipeline.fetching import Fetching
from hub.pipeline.flood import Flood
from hub.pipeline.folding_words import HUB
from hub.pipeline.heard import Heard
from hub.pipeline.housekeeping import Housekeeping
from hub.pipeline.installation import INSTALL_PATH
from hub.pipeline.lateness import Lateness
from hub.pipeline.ledger import Ledger
from hub.pipeline.muting import Muting
from hub.pipeline.named_chats import NamedChats
from hub.pipeline.object_rows import ObjectRows
from hub.pipeline.origin import Origins
from hub.pipeline.plan import Plan
from hub.pipeline.portal_objects import PortalObjects
from hub.pipeline.portal_state import APPLICATION_MISSING, WEBHOOK_REFUSED, PortalWatch
from hub.pipeline.process import Process
from hub.pipeline.readers import Readers
from hub.pipeline.rehearse import Rehearse
from hub.pipeline.replay import Replay
from hub.pipeline.resolve import Resolve
from hub.pipeline.retention import Retention
from hub.pipeline.rings import Rings
from hub.pipeline.schedule import Schedule
from hub.pipeline.slots import Slots
from hub.pipeline.tell import Tell
from hub.pipeline.trace import Trace
from hub.registry.guard import THREADS
from hub.settings import Rate
from hub.storage.ledger import LedgerRows
from hub.storage.retention import RetentionRows
from hub.worker.bell import Bell

#: Seconds within which equal rings become one: the rows that come together are claimed together.
_EMBEDDED_INTERVAL = 0.02
_BROKER_INTERVAL = 0.02


class PipelineFloor(BotFloor):
    """What happens to a thing."""

    #: Seconds in which a thread that has nothing more to do looks out for more.
    linger = 0.0
    #: Threads for instances that have much to do, beside the one that each has for itself.
    shared_threads = 8

    @cached_property
    def bell(self) -> Bell:
        """The doorbell."""
        interval = _EMBEDDED_INTERVAL if self.is_embedded else _BROKER_INTERVAL
        return Bell(interval)

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
        return Origins(self.registry, self.seal, self.arrivals, self.portal_objects)

    @cached_property
    def claims(self) -> Claims:
        """The claims of this process."""
        return Claims(self.inbox, self.holder)

    @cached_property
    def resolve(self) -> Resolve:
        """From addresses to people."""
        return Resolve(self.registry, self.registry.guard, self.settings.bot.fallback)

    @cached_property
    def named_chats(self) -> NamedChats:
        """Group chats of the settings."""
        return NamedChats(
            wanted=self.settings.chats,
            rows=self.named_chat_rows,
            resolve=self.resolve,
            chats=self.bot.chats,
            clock=self.clock,
        )

    def named_chat(self, name: str) -> str:
        """Return the number of a chat that the settings name, opened on first use."""
        return self.named_chats.number(name)

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

    @cached_property
    def away(self) -> Away:
        """Cards that stand for what was missed."""
        return Away(self.folding)

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
    def courtesy(self) -> Courtesy:
        """Who goes first in this process."""
        return Courtesy()

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

    def ring_delivery(self) -> None:
        """Tell the sender that there is something to send: straight away where it is at work, else by the bell."""
        if not self.sender.wake():
            self.bell.deliver()

    @cached_property
    def readers(self) -> Readers:
        """Languages and zones of readers."""
        return Readers(
            registry=self.registry,
            directory=self.directory,
            catalogues=self.catalogues,
            preferences=self.preferences,
            language=self.settings.hub.language,
            zone=self.settings.hub.timezone,
        )

    def compose(self) -> Compose:
        """From outbox rows to portal calls; asks the portal for the bot."""
        return Compose(
            dialect=self.bot.dialect(),
            portal=self.portal_identity,
            bot=self.settings.bot.code,
            base_url=self.portal_base,
            fallback=self.resolve.fallback("the fallback itself").dialog,
            readers=self.readers,
            clock=self.clock,
        )

    @cached_property
    def portal_watch(self) -> PortalWatch:
        """How the portal is."""
        if not self.is_application:
            return PortalWatch(self.facts, credentials=WEBHOOK_REFUSED)
        path = f"{self.settings.hub.public_url or 'the address of this hub'}{INSTALL_PATH}"
        return PortalWatch(
            self.facts, credentials=APPLICATION_MISSING.format(path=path), trouble=self.vault.trouble
        )

    @cached_property
    def fetching(self) -> Fetching:
        """The bot's queue at the portal."""
        return Fetching(
            database=self.database,
            inbox=self.inbox,
            ids=self.ids,
            client=self.client,
            bot=self.bot,
            warmth=self.warmth,
            clock=self.clock,
            ring=self.ring_processing,
        )

    @cached_property
    def sender(self) -> Sender:
        """From outbox rows to the chat."""
        pace = Pace(self.settings.bitrix24.rate)
        outage = Outage(self.portal_watch, self.clock)
        requests = Requests(
            client=self.client,
            bot=self.bot,
            record=Record(self.database, Fallback(self.ids), self.away, self.ids, self.metrics.deliveries),
            outbox=self.outbox,
            outage=outage,
            pace=pace,
            rider=self.fetching,
            warmth=self.warmth,
            membership=Membership(
                None if self.settings.bot.sender == "user" else self._take_bot_in, self.clock
            ),
            clock=self.clock,
        )
        return Sender(
            outbox=self.outbox,
            leases=self.leases,
            limiter=self.limiter,
            requests=requests,
            compose=self.compose,
            outage=outage,
            pace=pace,
            clock=self.clock,
            courtesy=self.courtesy,
            linger=self.linger,
        )

    def _take_bot_in(self, dialog: str) -> None:
        bot = self.bot.identity().id
        ChatsAsUser(self._quick_client, bot).join(dialog, bot)

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
