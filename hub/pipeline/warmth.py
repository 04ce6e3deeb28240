"""Warmth: whether somebody is likely to click soon, so that it pays to look often."""

from __future__ import annotations

from datetime import datetime, timedelta

from hub.plugin import Clock
from hub.storage.facts import Facts

_FACT = "buttons-in-use"
#: How long after a click or a fresh card with buttons the next click is expected.
_WARM_FOR = timedelta(minutes=2)
#: A note is not written again sooner.
_NOTED_EVERY = timedelta(seconds=20)


class Warmth:
    """Noted in the database, because one process sends cards and another may fetch clicks."""

    def __init__(self, facts: Facts, clock: Clock) -> None:
        self._facts = facts
        self._clock = clock

    def note(self) -> None:
        """A card with buttons was shown, or somebody clicked."""
        now, noted = self._clock.now(), self._noted()
        if noted is None or now >= noted + _NOTED_EVERY:
            self._facts.set(_FACT, now.isoformat())

    def is_on(self) -> bool:
        """Say whether that was a short while ago."""
        noted = self._noted()
        return noted is not None and self._clock.now() < noted + _WARM_FOR

    def _noted(self) -> datetime | None:
        noted = self._facts.get(_FACT)
        return datetime.fromisoformat(noted) if isinstance(noted, str) else None
