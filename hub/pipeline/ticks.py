"""Ticks: when a job is due by the wall clock of a zone, also on the days when its clocks change.

A job at fixed times ticks once a day: a time that is skipped is made up for at once, of a time that comes twice
the first counts. A job of every hour or minute ticks by real time.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cronsim import CronSim


def next_tick(cron: str, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first tick after a moment."""
    for tick in CronSim(cron, after.astimezone(zone)):
        if tick > after:  # in the hour that comes twice the wall clock alone would point back
            return tick.astimezone(UTC)
    raise ValueError(f"{cron!r} never ticks")


def latest_tick(cron: str, after: datetime, now: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the latest tick after *after* and not after *now*; ``None`` when there is none."""
    # with a fraction of a second the search backwards begins at the second itself
    backwards = CronSim(cron, now.replace(microsecond=1).astimezone(zone), reverse=True)
    tick = next(backwards, None)
    return tick.astimezone(UTC) if tick is not None and tick > after else None
