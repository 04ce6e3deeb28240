"""Heard: when the portal last posted an event, which proves that its posts arrive."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from hub.storage.facts import Facts

#: What the portal posts when it is asked to show that its posts arrive.
TEST = "ONAPPTEST"

_FACT = "heard:"
_NOTED_EVERY = timedelta(minutes=1)


class Heard:
    """Kept by the event's name; each is written at most once a minute."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def note(self, event: str, at: datetime) -> None:
        """Remember that *event* was posted."""
        before = self.latest([event])
        if before is None or at >= before + _NOTED_EVERY:
            self._facts.set(f"{_FACT}{event}", at.isoformat())

    def latest(self, events: Collection[str]) -> datetime | None:
        """Return when one of *events* was posted last, to whichever process; ``None`` = never."""
        found = self._facts.get_all([f"{_FACT}{event}" for event in events])
        moments = [datetime.fromisoformat(value) for value in found.values() if isinstance(value, str)]
        return max(moments, default=None)
