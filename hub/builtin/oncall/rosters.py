"""The rosters of all schedules: what the settings say, what people took in chat, what calendars say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.builtin.oncall.calendars import Calendars
from hub.builtin.oncall.roster import Roster
from hub.builtin.oncall.schedule import Schedule, Shift
from hub.plugin import Context, PermanentFailure, PluginError

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
        remark: what is wrong with the schedule's calendar; empty when nothing is.
    """

    schedule: str
    user: str
    until: datetime | None
    stand_ins: tuple[str, ...]
    remark: str = ""


class Rosters:
    """Looks up who is on call; what people take is kept in the plugin's store."""

    def __init__(self, schedules: Mapping[str, Schedule], ctx: Context) -> None:
        self._schedules = schedules
        self._ctx = ctx
        self.calendars = Calendars(schedules, ctx)

    @property
    def names(self) -> tuple[str, ...]:
        """The schedules there are."""
        return tuple(sorted(self._schedules))

    def roster(self, name: str, moment: datetime) -> Roster:
        """Return the roster of a schedule, around *moment*.

        Raises:
            PermanentFailure: there is no such schedule, or its calendar could never be read.
        """
        if name not in self._schedules:
            known = ", ".join(self.names) or "none"
            raise PermanentFailure(f"there is no schedule {name!r}; the settings name: {known}")
        said = self.calendars.known(name, moment) if name in self.calendars.names else None
        return Roster(
            schedule=self._schedules[name],
            taken=tuple(self._taken(name)),
            calendar=said.roster() if said else (),
            remark=said.remark if said else "",
        )

    def on_duty(self, name: str, moment: datetime) -> OnDuty:
        """Return who is on call; raises as :meth:`roster` does."""
        roster = self.roster(name, moment)
        first, *others = roster.at(moment) or ("",)
        return OnDuty(
            schedule=name,
            user=first,
            until=roster.next_change(moment),
            stand_ins=tuple(others),
            remark=roster.remark,
        )

    def all_on_duty(self, moment: datetime) -> list[OnDuty]:
        """Return who is on call by every schedule; nobody, with a remark, where that is not known."""
        return [self._on_duty_or_why(name, moment) for name in self.names]

    def _on_duty_or_why(self, name: str, moment: datetime) -> OnDuty:
        try:
            return self.on_duty(name, moment)
        except PluginError as exc:
            return OnDuty(schedule=name, user="", until=None, stand_ins=(), remark=str(exc))

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
