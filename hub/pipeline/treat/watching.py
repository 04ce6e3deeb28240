"""What is known of one escalation, in the hub's own store.

Three kinds of entries, each written by one party, so that none overwrites another: the beginning, the end, and each
level that was told.
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


class End(_Kept):
    """Nobody needs to be told any more; *by* is the user who said so, empty when the problem is over."""

    at: datetime
    by: str = ""


class Told(_Kept):
    """The dialogs that were told at one level; 0 is the first message."""

    at: datetime
    dialogs: tuple[str, ...]


class Watch(_Kept):
    """All of it."""

    beginning: Beginning
    end: End | None = None
    told: tuple[Told, ...] = ()


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
        end = found.get(f"{_PREFIX}{id}:end")
        told = [found[key] for key in sorted(found) if key.startswith(f"{_PREFIX}{id}:told:")]
        return Watch(
            beginning=Beginning.model_validate(beginning),
            end=None if end is None else End.model_validate(end),
            told=tuple(map(Told.model_validate, told)),
        )

    def begin(self, id: str, beginning: Beginning) -> None:
        """Begin, forgetting what was before."""
        for key, _ in self._store.scan(f"{_PREFIX}{id}:"):
            self._store.delete(key)
        self._set(f"{id}:begin", beginning)

    def end(self, id: str, end: End) -> None:
        """Say that nobody needs to be told any more."""
        self._set(f"{id}:end", end)

    def told(self, id: str, level: int, told: Told) -> None:
        """Say who was told at a level."""
        self._set(f"{id}:told:{level:03}", told)

    def _set(self, key: str, entry: _Kept) -> None:
        self._store.set(f"{_PREFIX}{key}", entry.model_dump(mode="json"), ttl=_KEEP)
