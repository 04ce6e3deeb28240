"""What people read about deals and leads that nothing happens to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

from hub.plugin import (
    Action,
    Clock,
    Duration,
    FieldRow,
    Notification,
    T,
    Text,
    Words,
    field,
    lines,
    link,
)
from hub_plugin_crm.deal_cards import called
from hub_plugin_crm.entities import DEAL, LEAD, Entity
from hub_plugin_crm.findings import LINES, Findings, quiet_since
from hub_plugin_crm.items import Item
from hub_plugin_crm.names import Names

SHOW, SNOOZE, ADD_ACTIVITY = "deal", "snooze", "activity"
_PAGES = {DEAL.noun: "/crm/deal/", LEAD.noun: "/crm/lead/"}
_ENTITIES: Mapping[str, Entity] = {DEAL.noun: DEAL, LEAD.noun: LEAD}


class StaleCards:
    """Writes them with the names of the portal."""

    def __init__(self, names: Names, clock: Clock) -> None:
        self._names = names
        self._clock = clock

    def digest(self, found: Findings, run: str) -> Notification:
        """Return the digest of deals or of leads; a single deal has its own buttons at once."""
        key = f"stale:{found.noun}:{run}:{','.join(found.to)}"
        if found.noun == DEAL.noun and found.count == 1:
            return self.deal(found.first[0], to=found.to, key=key)
        return Notification(
            key=key,
            kind=f"crm.{found.noun}.stale",
            title=_title(found),
            url=_PAGES[found.noun],
            fields=tuple(self._rows(found)),
            actions=tuple(self._numbers(found)),
            to=found.to,
        )

    def deal(self, item: Item, *, to: tuple[str, ...], key: str) -> Notification:
        """Return one deal by itself."""
        page = DEAL.page(item.id)
        return Notification(
            key=key,
            kind="crm.deal.stale",
            title=T("Nothing has happened for {time}: {deal}", time=self._quiet(item), deal=called(item)),
            url=page,
            fields=tuple(self._about(item)),
            actions=(
                Action(label=T("Open"), url=page),
                Action(label=T("Remind me tomorrow"), command=SNOOZE, args={"deal": item.id}),
                Action(
                    label=T("Add activity"), command=ADD_ACTIVITY, args={"deal": item.id}, style="primary"
                ),
            ),
            to=to,
            thread=key,
        )

    def summary(self, supervisor: str, found: Sequence[Findings], run: str) -> Notification:
        """Return what a supervisor reads about the people below: at most as many as a card can hold."""
        by_weight = sorted(found, key=lambda each: -each.count)
        rows = [
            field(self._names.person(each.responsible).name, self._line(each)) for each in by_weight[:LINES]
        ]
        if (n := len(found) - LINES) > 0:
            rows.append(field(T("Others"), T("and {n} more", "and {n} more", n=n)))
        return Notification(
            key=f"stale:summary:{run}:{supervisor}",
            kind="crm.summary",
            title=T("What nothing happens to in your team"),
            fields=tuple(rows),
            to=(f"user:{supervisor}",),
        )

    def _rows(self, found: Findings) -> Iterator[FieldRow]:
        entity = _ENTITIES[found.noun]
        for number, item in enumerate(found.first, start=1):
            told = T("{item}, {time}", item=link(called(item), entity.page(item.id)), time=self._quiet(item))
            amount = self._names.amount(item)
            yield field(f"{number}.", T("{line}, {amount}", line=told, amount=amount) if amount else told)
        if (n := found.count - len(found.first)) > 0:
            yield field(T("Others"), T("and {n} more", "and {n} more", n=n))
        if found.sums:
            yield field(T("Together"), self._sums(found.sums))

    def _numbers(self, found: Findings) -> Iterator[Action]:
        """Yield a button for each deal that is shown; it brings the deal with buttons of its own."""
        if found.noun == DEAL.noun:
            for number, item in enumerate(found.first, start=1):
                yield Action(label=str(number), command=SHOW, args={"deal": item.id})

    def _about(self, item: Item) -> Iterator[FieldRow]:
        yield field(T("Stage"), self._names.stage(DEAL, item.funnel, item.stage))
        if amount := self._names.amount(item):
            yield field(T("Amount"), amount)
        if item.responsible:
            yield field(T("Responsible"), self._names.person(item.responsible))

    def _line(self, found: Findings) -> Words:
        oldest = self._quiet(found.first[0])
        n = found.count
        if found.noun == LEAD.noun:
            return T(
                "{n} new lead, the oldest for {time}",
                "{n} new leads, the oldest for {time}",
                n=n,
                time=oldest,
            )
        told = T("{n} deal, the oldest for {time}", "{n} deals, the oldest for {time}", n=n, time=oldest)
        return lines(told, self._sums(found.sums)) if found.sums else told

    def _sums(self, sums: Mapping[str, Decimal]) -> Words:
        return lines(*(self._names.money(amount, currency) for currency, amount in sorted(sums.items())))

    def _quiet(self, item: Item) -> Duration:
        since = quiet_since(item) or self._clock.now()
        return Duration(length=timedelta(days=max((self._clock.now() - since).days, 1)))


def _title(found: Findings) -> Text:
    n = found.count
    if found.noun == LEAD.noun:
        return T("{n} new lead that nobody has taken", "{n} new leads that nobody has taken", n=n)
    return T("{n} deal without activity", "{n} deals without activity", n=n)
