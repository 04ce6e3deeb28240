"""Retention: raw bodies go first, later whole events with all that came of them, and cards nobody touches."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from hub.storage.retention import Place, RetentionRows

#: A turn ends after so many seconds; the next one goes on.
_LONGEST_TURN = 5.0
_SHORTEST_PAUSE = 0.02


class Retention:
    """Run under a lease; between two transactions it leaves the database to others for as long as it took itself.

    Args:
        keep: how long events and deliveries are kept after their end.
        keep_bodies: the same for raw bodies.
    """

    def __init__(
        self,
        rows: RetentionRows,
        *,
        keep: timedelta,
        keep_bodies: timedelta,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rows = rows
        self._keep = keep
        self._keep_bodies = keep_bodies
        self._pause = pause

    def turn(self) -> None:
        """Let go of what is old, as much as fits into a few seconds."""
        now = self._rows.now()
        until = time.monotonic() + _LONGEST_TURN
        before, bodies_before = now - self._keep, now - self._keep_bodies
        self._repeat(lambda _: self._rows.let_bodies_go(bodies_before), until)
        self._repeat(lambda after: self._rows.purge(before, after), until)
        self._repeat(lambda after: self._rows.forget_threads(before, after), until)

    def _repeat(self, page: Callable[[Place], Place | None], until: float) -> None:
        place: Place | None = Place()
        while place is not None and (began := time.monotonic()) < until:
            place = page(place)
            if place is not None:
                self._pause(max(time.monotonic() - began, _SHORTEST_PAUSE))
