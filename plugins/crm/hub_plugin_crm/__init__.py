"""Leads and deals of Bitrix24's CRM as chat messages with buttons that act."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from hub.plugin import (
    Command,
    Context,
    Health,
    HealthCheck,
    Job,
    Notification,
    Plugin,
    PortalObject,
    PortalSource,
    Timer,
    hookimpl,
)
from hub_plugin_crm import lead_cards, reminders, stale_cards, stale_memory, survey
from hub_plugin_crm.commands import DealArgs, TakeArgs
from hub_plugin_crm.entities import DEAL, LEAD
from hub_plugin_crm.parts import Parts
from hub_plugin_crm.settings import CrmSettings

#: Objects with neighbouring ids are read with one call.
_BLOCK = 50
_SETTLE = timedelta(seconds=2)


class CrmPlugin(Plugin[CrmSettings]):
    """Watches leads, deals and the smart processes that the settings name."""

    api_version = "1.0"
    settings_model = CrmSettings

    def __init__(self, settings: CrmSettings, ctx: Context) -> None:
        super().__init__(settings, ctx)
        self._parts = Parts(settings, ctx)

    @hookimpl
    def portal_sources(self) -> Iterable[PortalSource]:
        """Declare the events of each kind; the smart processes share theirs."""
        parts = self._parts
        yield PortalSource(
            events=("ONCRMLEADADD", "ONCRMLEADUPDATE"),
            settle=_SETTLE,
            coalesce=_block,
            notify=parts.leads.tell,
            catch_up=parts.feeds(LEAD).catch_up,
        )
        yield PortalSource(
            events=("ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALMOVETOCATEGORY"),
            settle=_SETTLE,
            coalesce=_block,
            notify=parts.deals[DEAL.type_id].tell,
            catch_up=parts.feeds(DEAL).catch_up,
        )
        if parts.smart_processes:
            yield PortalSource(
                events=("ONCRMDYNAMICITEMADD", "ONCRMDYNAMICITEMUPDATE"),
                settle=_SETTLE,
                coalesce=_block,
                notify=self._items,
                catch_up=parts.feeds(*parts.smart_processes).catch_up,
            )

    @hookimpl
    def commands(self) -> Iterable[Command]:
        """Declare what the buttons do."""
        leads, deals = self._parts.lead_commands, self._parts.deal_commands
        yield Command(
            name=lead_cards.TAKE,
            summary="Take a lead into work",
            handler=leads.take,
            args_model=TakeArgs,
            idempotent=True,
        )
        yield Command(
            name=stale_cards.SHOW,
            summary="Show a deal of a digest",
            handler=deals.show,
            args_model=DealArgs,
            idempotent=True,
        )
        yield Command(
            name=stale_cards.SNOOZE,
            summary="Show a deal again tomorrow",
            handler=deals.snooze,
            args_model=DealArgs,
            idempotent=True,
        )
        yield Command(
            name=stale_cards.ADD_ACTIVITY,
            summary="Add an activity to a deal",
            handler=deals.add_activity,
            args_model=DealArgs,
        )

    @hookimpl
    def jobs(self) -> Iterable[Job]:
        """Declare the digests."""
        yield Job(name="digest", cron=self.settings.stale_cron, run=self._parts.stale.digest)
        yield Job(name="summary", cron=self.settings.summary_cron, run=self._parts.stale.summary)

    @hookimpl
    def timers(self) -> Iterable[Timer]:
        """Declare what happens later."""
        yield Timer(name=reminders.TIMER, handler=self._parts.reminders.fire)
        yield Timer(name=survey.TIMER, handler=self._parts.stale.go_on)
        yield Timer(name=stale_memory.SNOOZED, handler=self._parts.stale.wake)

    @hookimpl
    def health_checks(self) -> Iterable[HealthCheck]:
        """Declare that the status of a taken lead is looked up."""
        yield HealthCheck(name="lead_taken_status", check=self._check_status)

    def _items(self, objects: Sequence[PortalObject]) -> Iterable[Notification]:
        """Tell of items of several smart processes; those that the settings do not name tell nothing."""
        for type_id, deals in self._parts.deals.items():
            own = [each for each in objects if _type_of(each) == str(type_id)]
            if own and type_id != DEAL.type_id:
                yield from deals.tell(own)

    def _check_status(self) -> Health:
        status = self.settings.lead_taken_status
        if status in self.ctx.portal.stages(LEAD.stages("")):
            return Health(ok=True)
        return Health(
            ok=False,
            message=f"lead_taken_status {status!r} is no status of leads; 'Take into work' cannot work",
        )


def _block(found: PortalObject) -> str:
    number = int(found.id) // _BLOCK if found.id.isascii() and found.id.isdigit() else 0
    return f"{found.kind}:{_type_of(found)}:{number}"


def _type_of(found: PortalObject) -> str:
    return str(found.fields.get("ENTITY_TYPE_ID", "")) if found.kind == "item" else ""
