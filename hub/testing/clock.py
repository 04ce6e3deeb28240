"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

#: Where a clock stands that was not told otherwise: a Sunday morning, so that weekend rules show.
START = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)


class MovedClock:
    """A ``Clock`` for tests: it shows *now* until it is moved."""

    def __init__(self, now: datetime = START) -> None:
        self.move_to(now)

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        return self._now

    def move(self, by: timedelta) -> None:
        """Move the clock by a length of time; backwards is allowed, real clocks do it too."""
        self._now += by

    def move_to(self, moment: datetime) -> None:
        """Move the clock to an aware *moment*.

        Raises:
            ValueError: *moment* has no time zone.
        """
        if moment.tzinfo is None:
            raise ValueError("the moment needs a time zone; try datetime(…, tzinfo=UTC)")
        self._now = moment.astimezone(UTC)
