"""The parts of one instance, put together once; they know each other only through what they are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hub.plugin import Context
from hub_plugin_crm.audience import Audiences
from hub_plugin_crm.commands import DealCommands, LeadCommands
from hub_plugin_crm.crm import Crm
from hub_plugin_crm.deals import Deals
from hub_plugin_crm.entities import DEAL, LEAD, Entity, smart_process
from hub_plugin_crm.feed import Feed, Feeds
from hub_plugin_crm.history import History
from hub_plugin_crm.lead_cards import LeadCards
from hub_plugin_crm.leads import Leads
from hub_plugin_crm.memory import Memory
from hub_plugin_crm.names import Names
from hub_plugin_crm.reminders import Reminders
from hub_plugin_crm.settings import CrmSettings
from hub_plugin_crm.stale import Stale
from hub_plugin_crm.stale_cards import StaleCards
from hub_plugin_crm.stale_memory import StaleMemory
from hub_plugin_crm.staleness import Staleness


class Parts:
    """What the hooks of the plugin are made of."""

    def __init__(self, settings: CrmSettings, ctx: Context) -> None:
        portal, store, timers, clock = ctx.portal, ctx.store, ctx.timers, ctx.clock
        self._ctx = ctx
        self._crm = crm = Crm(portal, store, lost_reason_field=settings.lost_reason_field)
        names = Names(portal, store)
        audiences = Audiences(settings, names)
        lead_cards = LeadCards(names, settings.phone_region)
        stale_cards = StaleCards(names, clock)
        stale_memory = StaleMemory(store, timers, clock)
        self.smart_processes: Sequence[Entity] = [smart_process(type_id) for type_id in settings.entity_types]
        self.reminders = Reminders(
            after=settings.lead_reminder,
            crm=crm,
            names=names,
            audiences=audiences,
            cards=lead_cards,
            store=store,
            timers=timers,
            clock=clock,
        )
        self.leads = Leads(
            crm=crm,
            memory=self._memory(LEAD),
            names=names,
            audiences=audiences,
            cards=lead_cards,
            reminders=self.reminders,
            clock=clock,
        )
        self.deals: Mapping[int, Deals] = {
            entity.type_id: Deals(
                entity=entity,
                crm=crm,
                history=History(portal, entity),
                memory=self._memory(entity),
                names=names,
                audiences=audiences,
            )
            for entity in (DEAL, *self.smart_processes)
        }
        self.stale = Stale(
            crm=crm,
            names=names,
            audiences=audiences,
            cards=stale_cards,
            memory=stale_memory,
            staleness=Staleness(settings, names, clock),
            store=store,
            timers=timers,
            clock=clock,
        )
        self.lead_commands = LeadCommands(
            settings=settings,
            crm=crm,
            memory=self._memory(LEAD),
            names=names,
            cards=lead_cards,
            clock=clock,
            log=ctx.log,
        )
        self.deal_commands = DealCommands(
            settings=settings,
            portal=portal,
            crm=crm,
            names=names,
            cards=stale_cards,
            memory=stale_memory,
            clock=clock,
        )

    def feeds(self, *entities: Entity) -> Feeds:
        """Return the feeds of some kinds of objects behind one cursor."""
        feeds = (
            Feed(entity, self._crm, History(self._ctx.portal, entity), self._memory(entity))
            for entity in entities
        )
        return Feeds({entity.type_id: feed for entity, feed in zip(entities, feeds, strict=True)})

    def _memory(self, entity: Entity) -> Memory:
        return Memory(self._ctx.store, entity)
