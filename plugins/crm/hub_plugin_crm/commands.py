"""What the buttons do."""

from __future__ import annotations

import logging
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from hub.plugin import (
    Clock,
    CommandCall,
    PermanentFailure,
    PluginError,
    Portal,
    Reply,
    T,
)
from hub_plugin_crm.crm import Crm
from hub_plugin_crm.entities import DEAL, LEAD
from hub_plugin_crm.items import Item
from hub_plugin_crm.lead_cards import LeadCards
from hub_plugin_crm.memory import Memory
from hub_plugin_crm.names import Names
from hub_plugin_crm.settings import CrmSettings
from hub_plugin_crm.stale_cards import StaleCards
from hub_plugin_crm.stale_memory import StaleMemory
from hub_plugin_crm.tomorrow import tomorrow_at, zone_of

_A_DAY = timedelta(days=1)


class TakeArgs(BaseModel):
    """Which lead."""

    model_config = ConfigDict(extra="forbid")

    lead: str = Field(pattern=r"^[1-9][0-9]{0,18}$")


class DealArgs(BaseModel):
    """Which deal."""

    model_config = ConfigDict(extra="forbid")

    deal: str = Field(pattern=r"^[1-9][0-9]{0,18}$")


class LeadCommands:
    """Taking a lead."""

    def __init__(
        self,
        *,
        settings: CrmSettings,
        crm: Crm,
        memory: Memory,
        names: Names,
        cards: LeadCards,
        clock: Clock,
        log: logging.Logger | logging.LoggerAdapter[logging.Logger],
    ) -> None:
        self._settings = settings
        self._crm = crm
        self._memory = memory
        self._names = names
        self._cards = cards
        self._clock = clock
        self._log = log

    def take(self, call: CommandCall) -> Reply:
        """Make whoever clicked responsible for the lead and move it on, unless somebody else was quicker.

        May run twice: the second time it finds the lead taken by the same person.
        """
        lead = self._crm.item(LEAD, str(call.args["lead"]))
        if lead is None:
            raise PermanentFailure("the lead is no longer in the CRM, or the hub may not see it")
        if not self._names.is_free(lead) and not self._is_done(lead, call.actor):
            return self._too_late(lead)
        if self._names.is_free(lead):
            self._write(lead, call.actor)
            self._comment(lead, call.actor)
        changes = {"stage": self._settings.lead_taken_status, "responsible": call.actor}
        lead = lead.model_copy(update=changes)
        return Reply(notification=self._cards.taken(lead, self._names.person(call.actor), self._clock.now()))

    def _write(self, lead: Item, actor: str) -> None:
        status = self._settings.lead_taken_status
        self._memory.writes(lead.id, "stageId", status, actor=actor)
        self._memory.writes(lead.id, "assignedById", actor, actor=actor)
        try:
            self._crm.update(LEAD, lead.id, {"stageId": status, "assignedById": int(actor)})
        except PermanentFailure:
            self._memory.did_not_write(lead.id, "stageId")
            self._memory.did_not_write(lead.id, "assignedById")
            raise

    def _is_done(self, lead: Item, actor: str) -> bool:
        return (lead.stage, lead.responsible) == (self._settings.lead_taken_status, actor)

    def _too_late(self, lead: Item) -> Reply:
        """Say who has it, and let the card say so too."""
        who = self._memory.who_wrote(lead.id, "stageId", lead.stage) or lead.moved_by or lead.responsible
        words = T(
            "Somebody was quicker: {who}, {stage}.",
            who=self._names.person(who),
            stage=self._names.stage(LEAD, "", lead.stage),
        )
        return Reply(text=words, private=True, notification=self._cards.left(lead))

    def _comment(self, lead: Item, actor: str) -> None:
        if not self._settings.taken_comment:
            return
        words = self._settings.taken_comment.format(name=self._names.person(actor).name)
        try:
            self._crm.comment(LEAD, lead.id, words)
        except PluginError as exc:  # the lead is taken all the same
            self._log.warning("the timeline has no comment on lead %s: %s", lead.id, exc)


class DealCommands:
    """What can be done about a deal that nothing happens to."""

    def __init__(
        self,
        *,
        settings: CrmSettings,
        portal: Portal,
        crm: Crm,
        names: Names,
        cards: StaleCards,
        memory: StaleMemory,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._portal = portal
        self._crm = crm
        self._names = names
        self._cards = cards
        self._memory = memory
        self._clock = clock

    def show(self, call: CommandCall) -> Reply:
        """Show one deal of a digest by itself, and leave the digest as it is."""
        card = self._cards.deal(self._deal(call), to=(f"user:{call.actor}",), key=call.id)
        return Reply(notification=call.notification, notifications=(card,))

    def snooze(self, call: CommandCall) -> None:
        """Show the deal again tomorrow morning, and not before."""
        deal = self._deal(call)
        user = self._names.user(call.actor)
        zone = zone_of("" if user is None else user.time_zone, deal.east)
        at = tomorrow_at(self._settings.remind_at, self._clock.now(), zone)
        self._memory.snooze(deal.id, call.actor, at)

    def add_activity(self, call: CommandCall) -> None:
        """Add an activity for tomorrow at this time."""
        deal = self._deal(call)
        deadline = (self._clock.now() + _A_DAY).replace(microsecond=0)
        params = {
            "ownerTypeId": DEAL.type_id,
            "ownerId": int(deal.id),
            "deadline": deadline.isoformat(),
            "description": self._settings.activity_text,
            "responsibleId": int(call.actor),
        }
        self._portal.call("crm.activity.todo.add", params)

    def _deal(self, call: CommandCall) -> Item:
        deal = self._crm.item(DEAL, str(call.args["deal"]))
        if deal is None:
            raise PermanentFailure("the deal is no longer in the CRM, or the hub may not see it")
        return deal
