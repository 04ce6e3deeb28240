"""A schedule as it stands in the settings, and the stretches of time that exceptions and calendars add."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.builtin.oncall.wall import instant, shown

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Hours:
    """A part of the week; an end that is not later than the beginning lies on the next day."""

    days: frozenset[int]
    begins: time = time.min
    ends: time = time.min

    @classmethod
    def read(cls, words: str) -> Hours:
        """Read ``mon-fri 09:00-18:00`` or ``sat,sun``, which the settings have checked."""
        days, _, hours = words.partition(" ")
        found = re.fullmatch(r"(.+)-(.+)", hours)
        begins, ends = (
            (time.fromisoformat(found[1]), time.fromisoformat(found[2])) if found else (time.min,) * 2
        )
        return cls(days=frozenset(_days(days)), begins=begins, ends=ends)

    def on(self, day: date, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
        """Return from when to when it lasts that begins on *day*, if any does."""
        if day.weekday() not in self.days:
            return None
        last = day if self.ends > self.begins else day + _DAY
        return (
            instant(datetime.combine(day, self.begins), zone),
            instant(datetime.combine(last, self.ends), zone),
        )

    def holds(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Say whether *moment* lies in it."""
        today = shown(moment, zone).date()
        parts = (self.on(day, zone) for day in (today - _DAY, today))
        return any(part is not None and part[0] <= moment < part[1] for part in parts)


@dataclass(frozen=True, kw_only=True)
class Layer:
    """People who take turns.

    Attributes:
        start: wall time of the first turn.
        only: part of the week; none = always.
    """

    users: tuple[str, ...]
    rotation: timedelta
    start: datetime
    only: Hours | None = None


@dataclass(frozen=True, kw_only=True)
class Shift:
    """A stretch of time that one person has."""

    user: str
    starts: datetime
    ends: datetime

    def holds(self, moment: datetime) -> bool:
        """Say whether *moment* lies in it."""
        return self.starts <= moment < self.ends


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Who is on call, in one zone.

    Attributes:
        layers: a later one wins.
        overrides: whatever the layers say; a later one wins.
        calendar: file or address of a calendar, which stands in the place of layers; may hold a secret.
    """

    zone: ZoneInfo
    layers: tuple[Layer, ...] = ()
    overrides: tuple[Shift, ...] = ()
    calendar: str = ""


def _days(words: str) -> Iterator[int]:
    for part in words.split(","):
        first, _, last = part.partition("-")
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        yield from (number % 7 for number in range(begin, end + 1 + (7 if end < begin else 0)))
