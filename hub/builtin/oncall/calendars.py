"""The calendars of all schedules: read now and then, and kept, so that what one said last holds while it is away."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock

from pydantic import AwareDatetime, BaseModel, ConfigDict

from hub.builtin.oncall.calendar_file import BEFORE, CalendarFile
from hub.builtin.oncall.roster import AHEAD
from hub.builtin.oncall.schedule import Schedule, Shift
from hub.plugin import Context, PermanentFailure

_FRESH = timedelta(minutes=15)
_AGAIN = timedelta(minutes=1)
#: What was looked at longer ago was kept by a hub that does not run any more.
_STALE = timedelta(hours=1)


class Known(BaseModel):
    """What is known of a calendar.

    Attributes:
        looked_at: when it was last tried to read it.
        read_at: when that succeeded; none = never.
        trouble: why it did not succeed last.
        people, shifts: who has when, as an index of people and Unix seconds; what begins last comes first.
    """

    model_config = ConfigDict(frozen=True)

    looked_at: AwareDatetime
    read_at: AwareDatetime | None = None
    trouble: str = ""
    people: tuple[str, ...] = ()
    shifts: tuple[tuple[int, int, int], ...] = ()

    def holds(self, moment: datetime) -> bool:
        """Say whether it tells of *moment*."""
        return self.read_at is not None and self.read_at - BEFORE < moment < self.read_at + AHEAD

    @property
    def remark(self) -> str:
        """What is wrong with it, and what holds meanwhile; empty when nothing is."""
        if not self.trouble or self.read_at is None:
            return self.trouble
        return f"{self.trouble}; what it said at {self.read_at:%Y-%m-%d %H:%M} UTC holds"

    def roster(self) -> tuple[Shift, ...]:
        """Return the shifts.

        Raises:
            PermanentFailure: it was never read.
        """
        if self.read_at is None:
            raise PermanentFailure(self.trouble)
        return tuple(
            Shift(
                user=self.people[who],
                starts=datetime.fromtimestamp(starts, UTC),
                ends=datetime.fromtimestamp(ends, UTC),
            )
            for who, starts, ends in self.shifts
        )


class Calendars:
    """Reads them, and keeps what they say in the plugin's store."""

    def __init__(self, schedules: Mapping[str, Schedule], ctx: Context) -> None:
        self._ctx = ctx
        self._files = {
            name: CalendarFile(schedule.calendar, schedule.zone, ctx.http)
            for name, schedule in schedules.items()
            if schedule.calendar
        }
        self._locks = {name: Lock() for name in self._files}
        self._keys = {
            name: f"calendar:{name}:{hashlib.sha256(schedules[name].calendar.encode()).hexdigest()[:16]}"
            for name in self._files
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The schedules that have one."""
        return tuple(self._files)

    def known(self, name: str, moment: datetime) -> Known:
        """Return what is known of *moment*; while the hub runs, without asking anybody."""
        kept = self._kept(name, moment)
        if kept is not None:
            return kept
        with self._locks[name]:
            return self._kept(name, moment) or self._read(name, moment)

    def renew(self, name: str) -> timedelta:
        """Read a calendar and keep it; return when to do so again."""
        with self._locks[name]:
            before = self._last(name)
            after = self._read(name, self._ctx.clock.now())
            try:
                self._keep(name, after)
            except ValueError:
                after = self._troubled(before, "the calendar names too many people")
                self._keep(name, after)
        if after.trouble and (before is None or before.trouble != after.trouble):
            self._ctx.log.warning("calendar of %s: %s", name, after.trouble)
        return _AGAIN if after.trouble else _FRESH

    def _kept(self, name: str, moment: datetime) -> Known | None:
        """Return what was kept lately, if it tells of *moment*, or why that is not known."""
        now, kept = self._ctx.clock.now(), self._last(name)
        if kept is None or now - kept.looked_at >= _STALE:
            return None
        is_unread = kept.read_at is None and abs(moment - now) < _STALE
        return kept if kept.holds(moment) or is_unread else None

    def _read(self, name: str, moment: datetime) -> Known:
        try:
            shifts = self._files[name].shifts(moment)
        except PermanentFailure as exc:
            before = self._last(name)
            return self._troubled(before if before and before.holds(moment) else None, str(exc))
        people = tuple(dict.fromkeys(shift.user for shift in shifts))
        numbers = {user: number for number, user in enumerate(people)}
        return Known(
            looked_at=self._ctx.clock.now(),
            read_at=moment,
            people=people,
            shifts=tuple(
                (numbers[each.user], int(each.starts.timestamp()), int(each.ends.timestamp()))
                for each in shifts
            ),
        )

    def _troubled(self, before: Known | None, trouble: str) -> Known:
        now = self._ctx.clock.now()
        return (before or Known(looked_at=now)).model_copy(update={"looked_at": now, "trouble": trouble})

    def _last(self, name: str) -> Known | None:
        kept = self._ctx.store.get(self._keys[name])
        return None if kept is None else Known.model_validate(kept)

    def _keep(self, name: str, known: Known) -> None:
        self._ctx.store.set(self._keys[name], known.model_dump(mode="json"), ttl=AHEAD, at_once=True)
