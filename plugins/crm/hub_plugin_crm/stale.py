"""Digests of what nothing happens to: daily to those responsible, weekly to those above them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from hub.plugin import Clock, Notification, Store, TimerFired, Timers
from hub_plugin_crm.audience import Audiences
from hub_plugin_crm.crm import Crm
from hub_plugin_crm.entities import DEAL, Entity
from hub_plugin_crm.findings import Findings
from hub_plugin_crm.items import Item
from hub_plugin_crm.names import Names
from hub_plugin_crm.settings import About
from hub_plugin_crm.stale_cards import StaleCards
from hub_plugin_crm.stale_memory import StaleMemory
from hub_plugin_crm.staleness import Staleness
from hub_plugin_crm.survey import Survey

DIGEST, SUMMARY = "digest", "summary"

_Place = Callable[[Entity, Item, str], Findings | None]
_Told = Callable[[Sequence[Findings], str], Iterable[Notification]]


class Stale:
    """The two surveys of one instance, and the deals that somebody wanted to see again."""

    def __init__(
        self,
        *,
        crm: Crm,
        names: Names,
        audiences: Audiences,
        cards: StaleCards,
        memory: StaleMemory,
        staleness: Staleness,
        store: Store,
        timers: Timers,
        clock: Clock,
    ) -> None:
        self._crm = crm
        self._names = names
        self._audiences = audiences
        self._cards = cards
        self._memory = memory
        self._staleness = staleness

        def survey(name: str, place: _Place, told: _Told) -> Survey:
            return Survey(
                name,
                crm=crm,
                names=names,
                staleness=staleness,
                store=store,
                timers=timers,
                clock=clock,
                place=place,
                told=told,
            )

        self._surveys: Mapping[str, Survey] = {
            DIGEST: survey(DIGEST, self._for_digest, self._digests),
            SUMMARY: survey(SUMMARY, self._for_summary, self._summaries),
        }

    def digest(self) -> Iterable[Notification]:
        """Begin to gather the digests."""
        return self._surveys[DIGEST].start()

    def summary(self) -> Iterable[Notification]:
        """Begin to gather the summaries."""
        return self._surveys[SUMMARY].start()

    def go_on(self, fired: TimerFired) -> Iterable[Notification]:
        """Do the next step of a survey."""
        survey = self._surveys.get(fired.key)
        return () if survey is None else survey.go_on()

    def wake(self, fired: TimerFired) -> Iterable[Notification]:
        """Show a deal again to whoever asked for that, unless something happened to it meanwhile."""
        data = fired.data if isinstance(fired.data, dict) else {}
        deal = self._crm.item(DEAL, str(data.get("deal", "")))
        if deal is None or not self._staleness.is_stale(DEAL, deal):
            return
        self._memory.tell(DEAL.noun, deal.id)
        key = f"{DEAL.key(deal.id)}:snoozed:{fired.due_at.isoformat()}"
        yield self._cards.deal(deal, to=(f"user:{data.get('person', '')}",), key=key)

    def _for_digest(self, entity: Entity, item: Item, run: str) -> Findings | None:
        if self._memory.is_told(entity.noun, item.id):
            return None
        audience = self._audiences.of(About.STALE, entity, item)
        if audience.nobody:
            return None
        self._memory.gather(entity.noun, item.id, run)
        return Findings(noun=entity.noun, to=audience.to)

    def _digests(self, found: Sequence[Findings], run: str) -> Iterable[Notification]:
        self._memory.end(run)
        return [self._cards.digest(each, run) for each in found]

    def _for_summary(self, entity: Entity, item: Item, _run: str) -> Findings | None:
        return Findings(noun=entity.noun, responsible=item.responsible) if item.responsible else None

    def _summaries(self, found: Sequence[Findings], run: str) -> Iterable[Notification]:
        below: dict[str, list[Findings]] = {}
        for each in found:
            if above := self._names.supervisor(each.responsible):
                below.setdefault(above, []).append(each)
        return [self._cards.summary(above, of_people, run) for above, of_people in below.items()]
