"""Who gets what: the first rule that matches, else what is usual."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hub_plugin_crm.entities import Entity
from hub_plugin_crm.items import Item
from hub_plugin_crm.names import Names
from hub_plugin_crm.settings import RESPONSIBLE, SUPERVISOR, About, CrmSettings, Rule

_USUAL = {
    About.NEW: (RESPONSIBLE,),
    About.REMINDER: (SUPERVISOR,),
    About.STAGE: (RESPONSIBLE, SUPERVISOR),
    About.WON: (RESPONSIBLE, SUPERVISOR),
    About.LOST: (SUPERVISOR,),
    About.ASSIGNED: (RESPONSIBLE,),
    About.STALE: (RESPONSIBLE,),
}


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Addresses, or why nobody is told."""

    to: tuple[str, ...] = ()
    nobody: str = ""


class Audiences:
    """Judges each object by the settings of one instance."""

    def __init__(self, settings: CrmSettings, names: Names) -> None:
        self._settings = settings
        self._names = names

    def of(self, about: About, entity: Entity, item: Item, *, stage: str = "", funnel: str = "") -> Audience:
        """Return who is told *about* an object; *stage* and *funnel* where they are not what it has now."""
        stage, funnel = stage or item.stage, funnel or item.funnel
        for number, rule in enumerate(self._settings.rules, start=1):
            if self._matches(rule, about, entity, item, stage, funnel):
                if not rule.to:
                    return Audience(nobody=f"rule {number} of the plugin's rules sends it to nobody")
                return Audience(to=self._addresses(rule.to, item))
        return self._usual(about, item)

    def _usual(self, about: About, item: Item) -> Audience:
        if about is About.LOST and not self._settings.notify_lost:
            return Audience(nobody="notify_lost is off")
        team = (self._settings.won_chat,) if about is About.WON and self._settings.won_chat else ()
        return Audience(to=self._addresses((*_USUAL[about], *team), item))

    def _matches(self, rule: Rule, about: About, entity: Entity, item: Item, stage: str, funnel: str) -> bool:
        """Say whether a rule is for this; names are looked up only where a rule may be meant by one."""
        return (
            (not rule.about or about in rule.about)
            and (not rule.objects or entity.noun in rule.objects or str(entity.type_id) in rule.objects)
            and (not rule.currency or rule.currency == item.currency)
            and (rule.min_amount is None or (item.amount or 0) >= rule.min_amount)
            and (not rule.funnel or rule.funnel in (funnel, self._names.funnel(entity, funnel)))
            and (
                not rule.stages
                or stage in rule.stages
                or self._names.stage(entity, funnel, stage) in rule.stages
            )
        )

    def _addresses(self, words: Sequence[str], item: Item) -> tuple[str, ...]:
        return tuple(dict.fromkeys(address for word in words for address in self._address(word, item)))

    def _address(self, word: str, item: Item) -> Iterator[str]:
        """Yield the address that a word stands for.

        For somebody who has left stands whoever is above; an object of nobody, or of somebody at the top, has
        nobody to tell, and then the hub's fallback is told.
        """
        if word == RESPONSIBLE:
            if item.responsible:
                yield f"user:{self._in_place_of(item.responsible)}"
        elif word == SUPERVISOR:
            if above := self._names.supervisor(item.responsible):
                yield f"user:{above}"
        else:
            yield word

    def _in_place_of(self, id: str) -> str:
        user = self._names.user(id)
        if user is not None and user.active:
            return id
        return self._names.supervisor(id) or id
