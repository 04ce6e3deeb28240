"""Wall time: the moment at which a clock on the wall first shows a time, also where clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment, in UTC, at which clocks of *zone* show *wall* or later.

    An hour that comes twice counts the first time; a time that is left out is over when the clock jumps.
    """
    found = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if shown(found, zone) == wall:
        return found
    # fold = 1 reads a time that does not exist by the offset after the jump, so the jump lies between the two
    before, after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), found
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        before, after = (middle, after) if shown(middle, zone) < wall else (before, middle)
    return after


def shown(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return what clocks of *zone* show at *moment*, without a zone."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)
