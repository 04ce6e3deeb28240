"""What is known of one escalation, in the hub's own store.

Four kinds of entries, each written by one party, so that none overwrites another: the beginning, who acknowledged it,
its end, and each level that was told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, JsonValue

from hub.plugin import Store

_PREFIX = "escalation:"
_KEEP = timedelta(days=30)


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True)


class Beginning(_Kept):
    """A critical notification that was told to a schedule; *first* is the user who was told first."""

    instance: str
    thread: str
    schedule: str
    key: str
    at: datetime
    first: str = ""


class Acknowledged(_Kept):
    """Somebody is at it; *by* is the user who said so in chat, empty when the card itself says it."""

    at: datetime
    by: str = ""


class Over(_Kept):
    """The problem is over, or no longer critical."""

    at: datetime


class Told(_Kept):
    """The dialogs that were told at one level; 0 is the first message."""

    at: datetime
    dialogs: tuple[str, ...]


class Watch(_Kept):
    """All of it."""

    beginning: Beginning
    acknowledged: Acknowledged | None = None
    over: Over | None = None
    told: tuple[Told, ...] = ()

    @property
    def goes_on(self) -> bool:
        """Whether more people are going to be told."""
        return self.acknowledged is None and self.over is None


class Watches:
    """Reads and writes them; *id* names a thread of an instance."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, id: str) -> Watch | None:
        """Return what is known."""
        found: Mapping[str, JsonValue] = dict(self._store.scan(f"{_PREFIX}{id}:"))
        beginning = found.get(f"{_PREFIX}{id}:begin")
        if beginning is None:
            return None
        acknowledged = found.get(f"{_PREFIX}{id}:acknowledged")
        over = found.get(f"{_PREFIX}{id}:over")
        told = [found[key] for key in sorted(found) if key.startswith(f"{_PREFIX}{id}:told:")]
        return Watch(
            beginning=Beginning.model_validate(beginning),
            acknowledged=None if acknowledged is None else Acknowledged.model_validate(acknowledged),
            over=None if over is None else Over.model_validate(over),
            told=tuple(map(Told.model_validate, told)),
        )

    def begin(self, id: str, beginning: Beginning) -> None:
        """Begin, forgetting what was before."""
        for key, _ in self._store.scan(f"{_PREFIX}{id}:"):
            self._store.delete(key)
        self._set(f"{id}:begin", beginning)

    def acknowledge(self, id: str, acknowledged: Acknowledged) -> None:
        """Say that somebody is at it."""
        self._set(f"{id}:acknowledged", acknowledged)

    def end(self, id: str, over: Over) -> None:
        """Say that it is over."""
        self._set(f"{id}:over", over)

    def told(self, id: str, level: int, told: Told) -> None:
        """Say who was told at a level."""
        self._set(f"{id}:told:{level:03}", told)

    def _set(self, key: str, entry: _Kept) -> None:
        self._store.set(f"{_PREFIX}{key}", entry.model_dump(mode="json"), ttl=_KEEP)
