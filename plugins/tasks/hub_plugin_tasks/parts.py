"""The parts of one instance, put together once; they know each other only through what they are given."""

from __future__ import annotations

from hub.plugin import Context
from hub_plugin_tasks.bursts import Bursts
from hub_plugin_tasks.cards import Cards
from hub_plugin_tasks.commands import Commands
from hub_plugin_tasks.due import Reminded
from hub_plugin_tasks.due_cards import DueCards
from hub_plugin_tasks.feed import Feed
from hub_plugin_tasks.hours import Hours
from hub_plugin_tasks.memory import Memory
from hub_plugin_tasks.office import Office
from hub_plugin_tasks.remarks import Remarks
from hub_plugin_tasks.settings import TasksSettings
from hub_plugin_tasks.survey import Survey
from hub_plugin_tasks.watch import Watch


class Parts:
    """What the hooks of the plugin are made of."""

    def __init__(self, settings: TasksSettings, ctx: Context) -> None:
        office = Office(ctx.portal)
        memory = Memory(ctx.store, ctx.clock)
        hours = Hours(settings.hours, workdays=settings.workdays)
        cards = Cards(office.person)
        due_cards = DueCards(
            office=office, cards=cards, memory=memory, hours=hours, digest_from=settings.digest_from
        )
        self.watch = Watch(
            settings=settings,
            office=office,
            memory=memory,
            remarks=Remarks(office, memory),
            bursts=Bursts(ctx.store, ctx.clock, office.person),
            cards=cards,
        )
        self.feed = Feed(settings=settings, office=office, memory=memory, watch=self.watch)
        self.survey = Survey(
            settings=settings,
            office=office,
            reminded=Reminded(ctx.store, settings.overdue_repeat),
            hours=hours,
            cards=due_cards,
            store=ctx.store,
            timers=ctx.timers,
            clock=ctx.clock,
        )
        self.commands = Commands(
            office=office,
            memory=memory,
            cards=cards,
            due_cards=due_cards,
            hours=hours,
            clock=ctx.clock,
            log=ctx.log,
        )
