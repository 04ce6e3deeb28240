"""The floor of treating: maintenance, flapping and escalation, between addressing and planning."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from hub.app.delivery import DeliveryFloor
from hub.pipeline.folding_words import HUB
from hub.pipeline.origin import OwnTimer
from hub.pipeline.treat import escalation, flapping, maintenance
from hub.pipeline.treat.escalation import Escalation
from hub.pipeline.treat.flapping import Flapping
from hub.pipeline.treat.maintenance import Holding
from hub.pipeline.treat.ready import Treatment
from hub.pipeline.treat.windows import Windows
from hub.pipeline.unit_of_work import InstanceStore, InstanceTimers
from hub.plugin import Notification
from hub.storage.cards import fact, newest_card
from hub.storage.tables import NotificationRow


class TreatingFloor(DeliveryFloor):
    """What is held back, kept quiet or told to more people."""

    @cached_property
    def own_store(self) -> InstanceStore:
        """What the hub itself keeps, as plugins do."""
        return InstanceStore(HUB, self.plugin_data, self.work, self.clock)

    @cached_property
    def own_timers(self) -> InstanceTimers:
        """Timers of the hub itself."""
        return InstanceTimers(HUB, self.plugin_data, self.work)

    @cached_property
    def windows(self) -> Windows:
        """Maintenance windows."""
        table = self.settings.hub
        return Windows(self.settings.maintenance, table.timezone, store=self.own_store, clock=self.clock)

    @cached_property
    def holding(self) -> Holding:
        """What falls into them."""
        return Holding(
            self.windows,
            store=self.own_store,
            timers=self.own_timers,
            clock=self.clock,
            tell=self.settings.hub.admins or (self.settings.bot.fallback,),
        )

    @cached_property
    def flapping(self) -> Flapping:
        """What is told too often."""
        return Flapping(
            tables=self.settings.plugins,
            store=self.own_store,
            timers=self.own_timers,
            clock=self.clock,
            told=self._told,
            onward=self.escalation.treat,
        )

    @cached_property
    def escalation(self) -> Escalation:
        """What nobody acknowledges."""
        return Escalation(
            schedules=self.settings.oncall,
            store=self.own_store,
            timers=self.own_timers,
            resolve=self.resolve,
            clock=self.clock,
            person=self.readers.person,
            shown=self._shown,
            window=self.windows.around,
        )

    @property
    def treatments(self) -> tuple[Treatment, ...]:
        """What is done to each notification, in this order."""
        return (self.holding.treat, self.flapping.treat, self.escalation.treat)

    def own_timer_handlers(self) -> Mapping[str, OwnTimer]:
        """Return what happens when a timer of the hub itself fires."""
        return {
            maintenance.TIMER: self.holding.fired,
            flapping.TIMER: self.flapping.fired,
            escalation.TIMER: self.escalation.fired,
        }

    def _shown(self, instance: str, thread: str) -> Notification | None:
        with self.database.read() as session:
            return _content(newest_card(session, instance, thread))

    def _told(self, instance: str, key: str) -> Notification | None:
        with self.database.read() as session:
            return _content(fact(session, instance, key))


def _content(row: NotificationRow | None) -> Notification | None:
    return None if row is None else Notification.model_validate(row.content)
