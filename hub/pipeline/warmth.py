"""Warmth: whether somebody is likely to click soon, so that it pays to look often."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from hub.plugin import Clock
from hub.storage.facts import Facts

_FACT = "buttons-in-use"
#: How long after a click or a fresh card with buttons the next click is expected.
_WARM_FOR = timedelta(minutes=2)
#: Seconds between two notes of it.
_NOTED_EVERY = timedelta(seconds=20)


class Warmth:
    """Noted in the database, because one process sends cards and another may fetch clicks."""

    def __init__(self, facts: Facts, clock: Clock) -> None:
        self._facts = facts
        self._clock = clock
        self._lock = threading.Lock()
        self._noted: datetime | None = None

    def note(self) -> None:
        """A card with buttons was shown, or somebody clicked."""
        now = self._clock.now()
        with self._lock:
            if self._noted is not None and now < self._noted + _NOTED_EVERY:
                return
            self._noted = now
        self._facts.set(_FACT, now.isoformat())

    def is_on(self) -> bool:
        """Say whether that was a short while ago."""
        noted = self._facts.get(_FACT)
        if not isinstance(noted, str):
            return False
        return self._clock.now() < datetime.fromisoformat(noted) + _WARM_FOR
