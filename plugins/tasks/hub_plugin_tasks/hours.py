"""Working hours and working days: when people are reminded, and how their days are counted."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAY = timedelta(days=1)
_SATURDAY = 5


class Hours:
    """Working hours as the settings have them.

    Args:
        hours: begin and end of the working day; ``None`` = all day.
        workdays: Saturday and Sunday are no days.
    """

    def __init__(self, hours: tuple[time, time] | None, *, workdays: bool) -> None:
        self._hours = hours
        self._workdays = workdays

    def are_on(self, now: datetime, zone: tzinfo) -> bool:
        """Say whether somebody in *zone* works now."""
        here = now.astimezone(zone)
        if self._workdays and here.weekday() >= _SATURDAY:
            return False
        return self._hours is None or self._hours[0] <= here.time() < self._hours[1]

    def days_overdue(self, deadline: datetime, now: datetime, zone: tzinfo) -> int:
        """Return the full days since a deadline; at least one."""
        if not self._workdays:
            return max(1, (now - deadline) // _DAY)
        day, today = deadline.astimezone(zone).date(), now.astimezone(zone).date()
        weeks, rest = divmod((today - day).days, 7)
        later = sum((day + _DAY * (number + 1)).weekday() < _SATURDAY for number in range(rest))
        return max(1, weeks * 5 + later)

    def postponed(self, deadline: datetime, now: datetime, zone: tzinfo) -> datetime:
        """Return the same time of a later day: the next one, or the first that is not over yet."""
        here = deadline.astimezone(zone)
        missed = max(0, (now - here) // _DAY)
        later = here + _DAY * (missed + 1)
        while later <= now or (self._workdays and later.weekday() >= _SATURDAY):
            later += _DAY
        return later


def zone_of(name: str, deadline: datetime) -> tzinfo:
    """Return a reader's zone by name; without one that of the portal, in which it writes a deadline."""
    otherwise = deadline.tzinfo or UTC
    try:
        return ZoneInfo(name) if name else otherwise
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return otherwise
