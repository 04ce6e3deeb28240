"""The rosters of all schedules: what the settings say, what people took in chat, what calendars say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hub.builtin.oncall.roster import Roster
from hub.builtin.oncall.schedule import Schedule, Shift
from hub.plugin import Context, PermanentFailure

if TYPE_CHECKING:
    from hub.builtin.oncall.calendars import CalendarFile

_TAKEN = "taken"
#: How long what was taken is remembered once it is over, so that ``--at`` can look back.
_REMEMBER = timedelta(days=90)


@dataclass(frozen=True, kw_only=True)
class OnDuty:
    """Who is on call.

    Attributes:
        user: an address; empty while it is nobody.
        until: when somebody else is; none = not in the next weeks.
        stand_ins: who is asked instead, in this order.
    """

    schedule: str
    user: str
    until: datetime | None
    stand_ins: tuple[str, ...]


class Rosters:
    """Looks up who is on call; what people take is kept in the plugin's store."""

    def __init__(self, schedules: Mapping[str, Schedule], ctx: Context) -> None:
        self._schedules = schedules
        self._ctx = ctx
        self._calendars = {
            name: _calendar(schedule, ctx) for name, schedule in schedules.items() if schedule.calendar
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The schedules there are."""
        return tuple(sorted(self._schedules))

    def roster(self, name: str, moment: datetime) -> Roster:
        """Return the roster of a schedule, around *moment*.

        Raises:
            PermanentFailure: there is no such schedule.
            RetryLater: its calendar could never be read.
        """
        if name not in self._schedules:
            known = ", ".join(self.names) or "none"
            raise PermanentFailure(f"there is no schedule {name!r}; the settings name: {known}")
        calendar = self._calendars.get(name)
        return Roster(
            schedule=self._schedules[name],
            taken=tuple(self._taken(name)),
            calendar=() if calendar is None else calendar.shifts(moment),
        )

    def on_duty(self, name: str, moment: datetime) -> OnDuty:
        """Return who is on call; raises as :meth:`roster` does."""
        roster = self.roster(name, moment)
        first, *others = roster.at(moment) or ("",)
        return OnDuty(schedule=name, user=first, until=roster.next_change(moment), stand_ins=tuple(others))

    def has_calendar(self, name: str) -> bool:
        """Say whether a schedule may change without the hub being told."""
        return name in self._calendars

    def people(self, name: str, moment: datetime) -> frozenset[str]:
        """Return the addresses that a schedule names."""
        roster = self.roster(name, moment)
        return frozenset(
            [user for layer in roster.schedule.layers for user in layer.users]
            + [shift.user for shift in (*roster.schedule.overrides, *roster.calendar)]
        )

    def take(self, name: str, user: str, length: timedelta) -> Shift:
        """Put somebody on call from now on, for *length*."""
        now = self._ctx.clock.now()
        shift = Shift(user=user, starts=now, ends=now + length)
        self._ctx.store.set(
            f"{_TAKEN}:{name}:{now.isoformat()}:{user}",
            {"user": user, "from": shift.starts.isoformat(), "to": shift.ends.isoformat()},
            ttl=length + _REMEMBER,
        )
        return shift

    def _taken(self, name: str) -> Iterator[Shift]:
        for _, kept in self._ctx.store.scan(f"{_TAKEN}:{name}:"):
            if isinstance(kept, dict):
                yield Shift(
                    user=str(kept["user"]),
                    starts=datetime.fromisoformat(str(kept["from"])),
                    ends=datetime.fromisoformat(str(kept["to"])),
                )


def _calendar(schedule: Schedule, ctx: Context) -> CalendarFile:
    from hub.builtin.oncall.calendars import CalendarFile  # noqa: PLC0415 - a tenth of a second for those who use it

    return CalendarFile(schedule.calendar, schedule.zone, http=ctx.http, clock=ctx.clock)
