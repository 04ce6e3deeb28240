"""Reminders: leads that nobody has taken are shown to the supervisor, once.

All leads that come within a minute share one timer, so that an import of thousands is looked at page by page, and
told as one card where it would otherwise be a hundred.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

from hub.plugin import Clock, Notification, Store, TimerFired, Timers
from hub_plugin_crm.audience import Audience, Audiences
from hub_plugin_crm.crm import PAGE, Crm
from hub_plugin_crm.entities import LEAD
from hub_plugin_crm.items import Item
from hub_plugin_crm.lead_cards import LeadCards
from hub_plugin_crm.names import Names
from hub_plugin_crm.settings import About

TIMER = "untaken"
#: More leads of one supervisor than this are one card.
_SINGLY = 5
#: So many are looked at in one go: a few calls, well within the time that a plugin has.
_AT_ONCE = 10 * PAGE
_MINUTE = timedelta(minutes=1)
_KEPT = timedelta(days=30)


class Reminders:
    """Arms and fires them."""

    def __init__(
        self,
        *,
        after: timedelta,
        crm: Crm,
        names: Names,
        audiences: Audiences,
        cards: LeadCards,
        store: Store,
        timers: Timers,
        clock: Clock,
    ) -> None:
        self._after = after
        self._crm = crm
        self._names = names
        self._audiences = audiences
        self._cards = cards
        self._store = store
        self._timers = timers
        self._clock = clock

    def arm(self, lead: Item) -> None:
        """Look at the lead again when its time is over."""
        due = self._clock.now() + self._after
        minute = due.replace(second=0, microsecond=0) + _MINUTE
        key = minute.isoformat()
        self._store.set(f"untaken:{key}:{lead.id}", True, ttl=self._after + _KEPT)
        self._timers.set(TIMER, key, minute)

    def fire(self, fired: TimerFired) -> Iterable[Notification]:
        """Tell the leads of a minute that are still free; those that do not fit go on at once."""
        prefix = f"untaken:{fired.key}:"
        waiting = [key for key, _ in self._store.scan(prefix)]
        now = waiting[:_AT_ONCE]
        for key in now:
            self._store.delete(key)
        if len(waiting) > len(now):
            self._timers.set(TIMER, fired.key, self._clock.now())
        leads = self._crm.items(LEAD, [key.removeprefix(prefix) for key in now])
        free = [lead for lead in leads.values() if self._names.is_free(lead)]
        self._names.read_people(free)
        yield from self._told(free, fired.key)

    def _told(self, free: Sequence[Item], minute: str) -> Iterator[Notification]:
        for audience, leads in self._by_audience(free).items():
            before = self._told_before(minute, audience, len(leads))
            if before + len(leads) <= _SINGLY or audience.nobody:
                yield from (self._cards.reminder(lead, audience, self._waited(lead)) for lead in leads)
            else:
                yield self._cards.reminders(leads, audience, minute, before=before)

    def _told_before(self, minute: str, audience: Audience, more: int) -> int:
        """Return how many leads of a minute the same people were told of, and count *more*."""
        key = f"untaken-told:{minute}:{','.join(audience.to)}"
        before = self._store.get(key)
        told = before if isinstance(before, int) else 0
        self._store.set(key, told + more, ttl=_KEPT)
        return told

    def _by_audience(self, leads: Iterable[Item]) -> Mapping[Audience, list[Item]]:
        found: dict[Audience, list[Item]] = {}
        for lead in leads:
            audience = self._audiences.of(About.REMINDER, LEAD, lead)
            if not audience.to and not audience.nobody:
                # nobody stands above: whoever it is waiting for is reminded
                audience = self._audiences.of(About.NEW, LEAD, lead)
            found.setdefault(audience, []).append(lead)
        return found

    def _waited(self, lead: Item) -> timedelta:
        """Return how long it waits; the portal's clock need not agree with ours."""
        created_at = lead.created_at or self._clock.now()
        return max(self._clock.now() - created_at, self._after)
