"""Which deals and leads were in a digest lately, and which somebody wants to see again tomorrow."""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.plugin import Clock, Store, Timers

SNOOZED = "snoozed"

#: Once a day, also where the tick of today comes a little earlier than that of yesterday.
_ONCE_IN = timedelta(hours=23)


class StaleMemory:
    """Memory of one instance."""

    def __init__(self, store: Store, timers: Timers, clock: Clock) -> None:
        self._store = store
        self._timers = timers
        self._clock = clock

    def is_told(self, noun: str, id: str) -> bool:
        """Say whether one is not to be told now."""
        return self._store.get(_key(noun, id)) is not None

    def tell(self, noun: str, id: str) -> None:
        """Remember that one is told now."""
        self._store.set(_key(noun, id), True, ttl=_ONCE_IN)

    def snooze(self, deal: str, person: str, at: datetime) -> None:
        """Leave a deal out of the digests until it is shown to somebody again."""
        self._store.set(_key("deal", deal), True, ttl=at - self._clock.now() + _ONCE_IN)
        self._timers.set(SNOOZED, f"{deal}:{person}", at, {"deal": deal, "person": person})


def _key(noun: str, id: str) -> str:
    return f"stale:told:{noun}:{id}"
