"""What the hub remembers of problems, so that a card tells what several calls and clicks say."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from hub.plugin import Clock, Store
from hub_plugin_zabbix.deeds import Deed, Did, Standing, standing, together
from hub_plugin_zabbix.problem import Problem

#: Problems may stay open for months; every call begins the time anew.
_KEPT = timedelta(days=180)
#: Together they stay well below the store's limit of 64 KB a key.
_MOST_DEEDS = 12


@dataclass(frozen=True, kw_only=True)
class Page:
    """All that is known of a problem, and whether it just got worse."""

    problem: Problem
    standing: Standing
    is_worse: bool = False


class Book:
    """Memory of one instance, in its store; problems know nothing of each other."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def learn(self, news: Problem, deed: Deed | None) -> Page:
        """Note what a call says of a problem, and return all that is known of it.

        Calls about one problem must come one after the other; one that is over stays over.
        """
        before = self._problem(news.event_id)
        problem = news
        if before is not None:
            resolved_at = news.resolved_at or before.resolved_at
            problem = news.model_copy(
                update={"started_at": news.started_at or before.started_at, "resolved_at": resolved_at}
            )
        deeds = self._in_zabbix(news.event_id)
        if deed is not None and deed not in deeds:
            deeds = _kept([*deeds, deed])
        self._store.set(f"problem:{news.event_id}", problem.model_dump(mode="json"), ttl=_KEPT)
        self._store.set(f"deeds:{news.event_id}", [each.model_dump(mode="json") for each in deeds], ttl=_KEPT)
        is_worse = before is not None and problem.resolved_at is None and news.severity > before.severity
        return Page(problem=problem, standing=self._standing(news.event_id, deeds), is_worse=is_worse)

    def note(self, event_id: str, deed: Deed, id: str) -> Page | None:
        """Note what somebody did in chat; the page is none when the problem is not known any more.

        Args:
            id: of the click; it has a key of its own, so that it cannot overwrite what a call notes meanwhile.
        """
        self._store.set(f"chat:{event_id}:{id}", deed.model_dump(mode="json"), ttl=_KEPT)
        return self.page(event_id)

    def page(self, event_id: str) -> Page | None:
        """Return what is known of a problem."""
        problem = self._problem(event_id)
        if problem is None:
            return None
        return Page(problem=problem, standing=self._standing(event_id, self._in_zabbix(event_id)))

    def is_news(self, device: str, status: str, event_id: str) -> bool:
        """Note how a discovered device is, and say whether that is new: Zabbix tells it at every round.

        The event that told it first stays news, because each recipient gets a call of its own.
        """
        key = f"device:{hashlib.sha256(device.encode()).hexdigest()[:32]}"
        before = self._store.get(key)
        known = before if isinstance(before, dict) and before.get("status") == status else None
        told_by = event_id if known is None else known.get("event")
        self._store.set(key, {"status": status, "event": told_by}, ttl=_KEPT)
        return told_by == event_id

    def _standing(self, event_id: str, in_zabbix: Sequence[Deed]) -> Standing:
        in_chat = [Deed.model_validate(found) for _, found in self._store.scan(f"chat:{event_id}:")]
        return standing(together(in_zabbix, in_chat), self._clock.now())

    def _problem(self, event_id: str) -> Problem | None:
        found = self._store.get(f"problem:{event_id}")
        return None if found is None else Problem.model_validate(found)

    def _in_zabbix(self, event_id: str) -> list[Deed]:
        found = self._store.get(f"deeds:{event_id}")
        return [Deed.model_validate(each) for each in found] if isinstance(found, list) else []


def _kept(deeds: list[Deed]) -> list[Deed]:
    """Return the latest deeds; of many, mere comments are forgotten first."""
    while len(deeds) > _MOST_DEEDS:
        mere = (place for place, deed in enumerate(deeds[:-1]) if deed.did == (Did.COMMENT,))
        del deeds[next(mere, 0)]
    return deeds
