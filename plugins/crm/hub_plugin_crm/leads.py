"""Leads: told when they are new, when somebody else has to care for them, and when they are taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from hub.plugin import Clock, Notification, PortalObject
from hub_plugin_crm.audience import Audiences
from hub_plugin_crm.crm import Crm
from hub_plugin_crm.entities import LEAD
from hub_plugin_crm.handover import Handover
from hub_plugin_crm.items import Item
from hub_plugin_crm.lead_cards import LeadCards
from hub_plugin_crm.memory import Memory, Seen
from hub_plugin_crm.names import Names
from hub_plugin_crm.reminders import Reminders
from hub_plugin_crm.settings import About

_ADDED = "ONCRMLEADADD"
#: A lead this old is no news, whatever is known of it.
_NEWS = timedelta(days=30)


class Leads:
    """Looks at the leads that an event or a catch-up names."""

    def __init__(
        self,
        *,
        crm: Crm,
        memory: Memory,
        names: Names,
        audiences: Audiences,
        cards: LeadCards,
        reminders: Reminders,
        clock: Clock,
    ) -> None:
        self._crm = crm
        self._memory = memory
        self._names = names
        self._audiences = audiences
        self._cards = cards
        self._reminders = reminders
        self._clock = clock
        self._handover = Handover(LEAD, memory, names, audiences)

    def tell(self, objects: Sequence[PortalObject]) -> Iterable[Notification]:
        """Tell what is new about them; those that are gone tell nothing."""
        added = {each.id for each in objects if each.event == _ADDED}
        leads = self._crm.items(LEAD, (each.id for each in objects))
        seen = {id: self._memory.seen(id) for id in leads}
        new = {
            id for id, lead in leads.items() if seen[id] is None and self._is_new(lead, announced=id in added)
        }
        self._names.read_people(leads[id] for id in new)
        for id, lead in leads.items():
            if id in new:
                yield from self._new(lead)
            elif (before := seen[id]) is not None:
                yield from self._changed(lead, before)
            self._memory.see(lead.id, Seen.of(lead))

    def _is_new(self, lead: Item, *, announced: bool) -> bool:
        began_after = self._memory.began_after
        since = began_after is not None and int(lead.id) > began_after
        too_old = lead.created_at is not None and self._clock.now() - lead.created_at > _NEWS
        return (announced or since) and not too_old and lead.semantics == "P"

    def _new(self, lead: Item) -> Iterator[Notification]:
        if self._names.is_free(lead):
            self._reminders.arm(lead)
        yield self._cards.new(lead, self._audiences.of(About.NEW, LEAD, lead))

    def _changed(self, lead: Item, seen: Seen) -> Iterator[Notification]:
        own = lead.stage != seen.stage and self._memory.is_echo(lead.id, "stageId", lead.stage)
        if seen.stage == self._names.first_lead_stage() != lead.stage and not own:
            yield self._cards.left(lead)
        if to := self._handover.told_to(lead, seen):
            stamp = lead.updated_at.isoformat() if lead.updated_at else ""
            yield self._cards.handed_over(lead, to, stamp)
