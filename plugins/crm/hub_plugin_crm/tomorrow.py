"""Tomorrow morning, where somebody is."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_A_DAY = timedelta(days=1)


def tomorrow_at(at: time, now: datetime, zone: tzinfo) -> datetime:
    """Return a time of the next day of a zone, in UTC."""
    day = now.astimezone(zone).date() + _A_DAY
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def zone_of(name: str, otherwise: timedelta) -> tzinfo:
    """Return a person's zone by name; without one that of the portal, which is so far east of Greenwich."""
    try:
        return ZoneInfo(name) if name else timezone(otherwise)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder of zones
        return timezone(otherwise)
