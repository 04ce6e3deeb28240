"""What was seen of each task, who holds its card, and what people did through the hub."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from hub.plugin import Clock, Store
from hub_plugin_tasks.history import Entry, value_of

#: What nothing happened to for so long is met as if for the first time.
_SEEN_FOR = timedelta(days=180)
_HELD_FOR = timedelta(days=30)
#: By then what we did at the portal has come back to us.
_OWN_FOR = timedelta(days=1)
#: Of a task met for the first time, what is older than this is no news.
_NEWS = timedelta(days=3)


class Seen(BaseModel):
    """How far a task was looked at.

    Attributes:
        entry: id of the newest row of its history.
        comment: id of its newest comment, or of the newest message in its chat.
        comments: how many there were, for a chat that the hub may not read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    entry: int = 0
    comment: int = 0
    comments: int = 0
    changed: AwareDatetime | None = None
    activity: AwareDatetime | None = None


class OwnComment(BaseModel):
    """A comment that the hub wrote for somebody; a silent one says what is told anyway."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    actor: str
    silent: bool


class Memory:
    """What the plugin remembers between two looks."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def seen(self, task: str) -> Seen | None:
        """Return what was seen of a task."""
        found = self._store.get(f"seen:{task}")
        return None if found is None else Seen.model_validate(found)

    def see(self, task: str, seen: Seen) -> None:
        """Remember a look at a task."""
        self._store.set(f"seen:{task}", seen.model_dump(mode="json"), ttl=_SEEN_FOR)

    def forget(self, task: str) -> None:
        """Forget a task that is gone."""
        for key in (f"seen:{task}", f"cards:{task}"):
            self._store.delete(key)

    def begin(self, at: datetime | None) -> None:
        """Remember the portal's time of the first look; what happens from then on is news."""
        self._store.set("began", (at or datetime.min.replace(tzinfo=UTC)).isoformat())

    @property
    def since(self) -> datetime:
        """From when on what happened to a task that was not seen yet is news."""
        recent = self._clock.now() - _NEWS
        found = self._store.get("began")
        return max(recent, datetime.fromisoformat(found)) if isinstance(found, str) else recent

    def holders(self, task: str) -> frozenset[str]:
        """Return who was shown the card of a task."""
        found = self._store.get(f"cards:{task}")
        return frozenset(map(str, found)) if isinstance(found, list) else frozenset()

    def hold(self, task: str, people: Iterable[str]) -> None:
        """Remember that *people* have the card of a task too."""
        holders = sorted(self.holders(task) | set(people))
        self._store.set(f"cards:{task}", list(holders), ttl=_HELD_FOR)

    def did(self, task: str, field: str, value: object, *, actor: str, by: str) -> None:
        """Remember that *actor* changed a field through the hub, which the history says of *by*."""
        self._store.set(_own(task, field, value), {"actor": actor, "by": by}, ttl=_OWN_FOR)

    def actor_of(self, task: str, entry: Entry) -> str:
        """Return who really made an entry of the history; asked once for each entry."""
        key = _own(task, entry.field, entry.after)
        own = self._store.get(key)
        if not isinstance(own, dict) or own["by"] != entry.actor:
            return entry.actor
        self._store.delete(key)
        return str(own["actor"])

    def wrote(self, task: str, id: str, text: str, *, actor: str, silent: bool) -> None:
        """Remember a comment that the hub wrote for *actor*; without an id it is known by its text."""
        own = OwnComment(actor=actor, silent=silent)
        self._store.set(_own_comment(task, id or _digest(text)), own.model_dump(), ttl=_OWN_FOR)

    def own_comment(self, task: str, id: str, text: str) -> OwnComment | None:
        """Return what is known of a comment that the hub wrote; asked once for each comment."""
        for key in (_own_comment(task, id), _own_comment(task, _digest(text))):
            found = self._store.get(key)
            if found is not None:
                self._store.delete(key)
                return OwnComment.model_validate(found)
        return None

    def take_own_comments(self, task: str) -> int:
        """Return how many comments the hub wrote that nobody has asked for, and forget them."""
        keys = [key for key, _ in self._store.scan(f"own-comment:{task}:")]
        for key in keys:
            self._store.delete(key)
        return len(keys)


def _own(task: str, field: str, value: object) -> str:
    known = value_of(field, value)
    mark = str(int(known.timestamp())) if isinstance(known, datetime) else str(known)
    return f"own:{task}:{'STATUS' if field == 'REAL_STATUS' else field}:{mark[:100]}"


def _own_comment(task: str, mark: str) -> str:
    return f"own-comment:{task}:{mark}"


def _digest(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "replace")).hexdigest()[:32]
