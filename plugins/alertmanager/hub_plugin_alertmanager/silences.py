"""What the hub knows of silences: those made in chat, and those it found in Alertmanager.

Each kind of entry is written by one party, so that a click, a call of Alertmanager and a look at it never overwrite
one another: cards by calls, ``made`` and ``ended`` by clicks, ``found`` by looks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from hub.plugin import Clock, Notification, Person, Store

#: As long as what a group has shown is remembered.
_KEPT = timedelta(days=30)
#: A card that is larger is not remembered; the store takes 64 KB.
_LARGEST = 60_000


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Card(_Kept):
    """The card of a group that fires, as Alertmanager's last message made it.

    Attributes:
        labels: what a silence of it is about: the labels of its one alert, else those of the group.
        marks: fingerprints of the alerts that the message said to fire.
        at: when the message was received.
    """

    id: str
    told: Notification
    labels: dict[str, str]
    marks: tuple[str, ...]
    at: AwareDatetime

    @property
    def about(self) -> str:
        """A short name of the labels."""
        return short(json.dumps(self.labels, sort_keys=True))


class Made(_Kept):
    """A silence that somebody made in chat.

    Attributes:
        about: what the card was about when it was made.
        until_resolved: it is kept going while something fires, and ended afterwards.
        gone_since: when nothing that it is about was seen to fire any more.
    """

    id: str
    card: str
    about: str
    labels: dict[str, str]
    by: Person
    at: AwareDatetime
    ends: AwareDatetime
    until_resolved: bool = False
    gone_since: AwareDatetime | None = None


class Ended(_Kept):
    """Silences that are over before their time."""

    ids: tuple[str, ...]
    at: AwareDatetime


class Found(_Kept):
    """What a look found of a card.

    Attributes:
        firing, silenced: how many of its alerts fire, and how many of these are silenced.
        until: when the first of them is no longer silenced; only where all are.
        by: who made that silence.
        is_exact: a silence is about exactly the card's labels, so it can be ended without touching anything else.
        was_silenced: it was silenced since the card's message, so Alertmanager may tell nothing of its end.
        gone_since: when none of its alerts was seen to fire any more.
    """

    at: AwareDatetime
    firing: int = 0
    silenced: int = 0
    until: AwareDatetime | None = None
    by: str = ""
    is_exact: bool = False
    was_silenced: bool = False
    gone_since: AwareDatetime | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a card stands with silences.

    Attributes:
        until: when it is no longer silenced; ``None`` where it is not.
        can_end: a silence is about exactly this card.
        some, all: where only some of its alerts are silenced, how many of how many.
    """

    until: datetime | None = None
    by: Person | None = None
    until_resolved: bool = False
    can_end: bool = False
    some: int = 0
    all: int = 0


class Silences:
    """Memory of one instance, in its store; cards know nothing of each other."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    # cards, written by calls of Alertmanager

    def open(self, card: Card) -> Card | None:
        """Remember what a card tells; ``None`` for one too large for that, which is then forgotten."""
        kept = card.model_dump(mode="json")
        if len(json.dumps(kept).encode()) > _LARGEST:
            self._store.delete(f"card:{card.id}")
            return None
        self._store.set(f"card:{card.id}", kept, ttl=_KEPT)
        return card

    def close(self, id: str) -> None:
        """Forget a card whose alerts are over."""
        self._store.delete(f"card:{id}")
        self._store.delete(f"found:{id}")

    def card(self, id: str) -> Card | None:
        """Return a card that is open."""
        kept = self._store.get(f"card:{id}")
        return None if kept is None else Card.model_validate(kept)

    def cards(self) -> list[Card]:
        """Return all that are open."""
        return [Card.model_validate(kept) for _, kept in self._store.scan("card:")]

    # silences made and ended in chat

    def make(self, silence: Made) -> None:
        """Remember a silence, until a day after it ends."""
        left = max(silence.ends - self._clock.now(), timedelta()) + timedelta(days=1)
        self._store.set(f"made:{silence.card}:{silence.id}", silence.model_dump(mode="json"), ttl=left)

    def end(self, card: str, ids: tuple[str, ...], by: str) -> None:
        """Remember that silences are over; *by* is a click or a look."""
        ended = Ended(ids=ids, at=self._clock.now())
        self._store.set(f"ended:{card}:{by}", ended.model_dump(mode="json"), ttl=timedelta(days=1))

    def made(self, card: str = "") -> list[Made]:
        """Return those made in chat that are not over, of a card or of all."""
        now, over = self._clock.now(), {id for each in self._ended(card) for id in each.ids}
        found = (
            Made.model_validate(kept) for _, kept in self._store.scan(f"made:{card}{':' if card else ''}")
        )
        return [each for each in found if each.ends > now and each.id not in over]

    # what looks find

    def find(self, id: str, found: Found) -> None:
        """Remember what a look found."""
        self._store.set(f"found:{id}", found.model_dump(mode="json"), ttl=_KEPT)

    def found(self, card: Card) -> Found | None:
        """Return what the last look found, unless the card has changed since."""
        kept = self._store.get(f"found:{card.id}")
        found = None if kept is None else Found.model_validate(kept)
        return None if found is None or found.at < card.at else found

    def was_ended(self, card: Card) -> bool:
        """Say whether a silence was ended since the card's message."""
        return any(ended.at >= card.at for ended in self._ended(card.id))

    def resolve(self, id: str) -> None:
        """Close a card whose end Alertmanager does not tell."""
        self._store.set(f"over:{id}", self._clock.now().isoformat(), ttl=_KEPT)
        self.close(id)

    def resolved_at(self, id: str) -> datetime | None:
        """Return when a card was closed so."""
        kept = self._store.get(f"over:{id}")
        return None if kept is None else datetime.fromisoformat(str(kept))

    def standing(self, card: Card) -> Standing:
        """Return how a card stands now."""
        now = self._clock.now()
        ours = [each for each in self.made(card.id) if each.about == card.about]
        if ours:
            last = max(ours, key=lambda each: each.ends)
            return Standing(until=last.ends, by=last.by, until_resolved=last.until_resolved, can_end=True)
        found = self.found(card)
        if found is None or any(ended.at >= found.at for ended in self._ended(card.id)):
            return Standing()
        if found.until is None:
            return Standing(some=found.silenced, all=found.firing) if found.silenced else Standing()
        if found.until <= now:
            return Standing()
        return Standing(until=found.until, by=Person(name=found.by), can_end=found.is_exact)

    def _ended(self, card: str) -> Iterator[Ended]:
        for _, kept in self._store.scan(f"ended:{card}{':' if card else ''}"):
            yield Ended.model_validate(kept)


def covers(labels: Mapping[str, str], alert: Mapping[str, str]) -> bool:
    """Say whether an alert has all of *labels*, of which there must be one."""
    return bool(labels) and all(alert.get(name) == value for name, value in labels.items())


def short(text: str) -> str:
    """Return a short name for what may be long."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
