"""The roster: who is on call at a moment, who stands in, and when that changes. Plain computation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.builtin.oncall.schedule import Layer, Schedule, Shift
from hub.builtin.oncall.wall import instant, shown

#: How far ahead a change is looked for.
AHEAD = timedelta(days=60)
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Roster:
    """A schedule with all that came to it since it was written.

    Attributes:
        taken: by people, in chat; the latest wins over everything.
        calendar: what the schedule's calendar says, what begins last first.
        remark: what is wrong with the calendar.
    """

    schedule: Schedule
    taken: tuple[Shift, ...] = ()
    calendar: tuple[Shift, ...] = ()
    remark: str = ""

    def at(self, moment: datetime) -> tuple[str, ...]:
        """Return who is on call, and behind them who stands in, the next in turn first; each once."""
        return tuple(dict.fromkeys(self._candidates(moment)))

    def next_change(self, after: datetime, until: datetime | None = None) -> datetime | None:
        """Return when somebody else is on call, if that happens before *until* or within :data:`AHEAD`."""
        now = self.at(after)[:1]
        edges = sorted(set(self._edges(after, until or after + AHEAD)))
        return next((edge for edge in edges if self.at(edge)[:1] != now), None)

    def _candidates(self, moment: datetime) -> Iterator[str]:
        yield from (shift.user for shift in reversed(self.taken) if shift.holds(moment))
        yield from (shift.user for shift in reversed(self.schedule.overrides) if shift.holds(moment))
        for layer in reversed(self.schedule.layers):
            yield from self._turn(layer, moment)
        yield from (shift.user for shift in self.calendar if shift.holds(moment))

    def _turn(self, layer: Layer, moment: datetime) -> Iterable[str]:
        zone = self.schedule.zone
        number = self._number(layer, moment)
        if number < 0 or not (layer.only is None or layer.only.holds(moment, zone)):
            return ()
        first = number % len(layer.users)
        return (*layer.users[first:], *layer.users[:first])

    def _number(self, layer: Layer, moment: datetime) -> int:
        """Return how many turns have ended; below 0 before the first one."""
        number = (shown(moment, self.schedule.zone) - layer.start) // layer.rotation
        while self._begins(layer, number + 1) <= moment:  # the wall shows an hour for the second time
            number += 1
        while self._begins(layer, number) > moment:
            number -= 1
        return number

    def _begins(self, layer: Layer, number: int) -> datetime:
        return instant(layer.start + number * layer.rotation, self.schedule.zone)

    def _edges(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Return the moments in between at which anything can change."""
        for shift in (*self.taken, *self.schedule.overrides, *self.calendar):
            yield from (edge for edge in (shift.starts, shift.ends) if after < edge <= until)
        for layer in self.schedule.layers:
            yield from (edge for edge in self._layer_edges(layer, after, until) if after < edge <= until)

    def _layer_edges(self, layer: Layer, after: datetime, until: datetime) -> Iterator[datetime]:
        number = max(self._number(layer, after), -1) + 1
        while (edge := self._begins(layer, number)) <= until:
            yield edge
            number += 1
        if layer.only is not None:
            day = shown(after, self.schedule.zone).date() - _DAY
            while day <= shown(until, self.schedule.zone).date():
                yield from layer.only.on(day, self.schedule.zone) or ()
                day += _DAY
