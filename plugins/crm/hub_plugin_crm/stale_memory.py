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
        """Say whether one is not to be told now; what a survey gathered that never ended was told to nobody."""
        told = self._store.get(_key(noun, id))
        return told is True or (isinstance(told, str) and self._store.get(_end(told)) is not None)

    def tell(self, noun: str, id: str) -> None:
        """Remember that one is told now."""
        self._store.set(_key(noun, id), True, ttl=_ONCE_IN)

    def gather(self, noun: str, id: str, run: str) -> None:
        """Remember that one is told once a survey has ended."""
        self._store.set(_key(noun, id), run, ttl=_ONCE_IN)

    def end(self, run: str) -> None:
        """Remember that a survey has told all that it gathered."""
        self._store.set(_end(run), True, ttl=_ONCE_IN)

    def snooze(self, deal: str, person: str, at: datetime) -> None:
        """Leave a deal out of the digests until it is shown to somebody again."""
        self._store.set(_key("deal", deal), True, ttl=at - self._clock.now() + _ONCE_IN)
        self._timers.set(SNOOZED, f"{deal}:{person}", at, {"deal": deal, "person": person})


def _end(run: str) -> str:
    return f"stale:ended:{run}"


def _key(noun: str, id: str) -> str:
    return f"stale:told:{noun}:{id}"
