"""The plugin: ``oncall:`` addresses and hand-overs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

from hub.builtin.oncall.chat import DutyCommands
from hub.builtin.oncall.people import DutyPeople
from hub.builtin.oncall.rosters import Rosters
from hub.builtin.oncall.schedule import Schedule
from hub.plugin import (
    Command,
    Context,
    Health,
    HealthCheck,
    Moment,
    Notification,
    PermanentFailure,
    Plugin,
    PluginSettings,
    Recipient,
    Resolver,
    T,
    Timer,
    TimerFired,
    hookimpl,
)

_HAND_OVER, _CALENDAR = "hand-over", "calendar"
#: A calendar is fetched and read in less.
_LONGEST = timedelta(seconds=10)


class OnCallPlugin(Plugin[PluginSettings]):
    """Knows who is on call, and tells them when that begins."""

    api_version = "1.0"
    schedules: Mapping[str, Schedule] = {}
    read_duration: Callable[[str], timedelta]

    def __init__(self, settings: PluginSettings, ctx: Context) -> None:
        super().__init__(settings, ctx)
        self.rosters = Rosters(self.schedules, ctx)
        self._people = DutyPeople(ctx)

    @hookimpl
    def resolvers(self) -> Iterable[Resolver]:
        """Declare ``oncall:NAME``."""
        yield Resolver(
            scheme="oncall", resolve=self._resolve, summary="who is on call by a schedule: oncall:infra"
        )

    @hookimpl
    def commands(self) -> Iterable[Command]:
        """Declare ``/oncall``, where there is a schedule."""
        if not self.schedules:
            return ()
        return DutyCommands(
            rosters=self.rosters,
            people=self._people,
            read_duration=type(self).read_duration,
            clock=self.ctx.clock,
            changed=self._look_now,
        ).commands()

    @hookimpl
    def timers(self) -> Iterable[Timer]:
        """Declare when somebody else is on call, and when a calendar is read again."""
        if self.schedules:
            yield Timer(name=_HAND_OVER, handler=self._hand_over)
        if self.rosters.calendars.names:
            yield Timer(name=_CALENDAR, handler=self._renew)

    @hookimpl
    def health_checks(self) -> Iterable[HealthCheck]:
        """Declare a look at the calendars, where there are any."""
        if self.rosters.calendars.names:
            yield HealthCheck(name="calendars", check=self._check, timeout=_LONGEST)

    @hookimpl
    def startup(self) -> None:
        """Look what has changed while the hub was down, or in its settings."""
        now = self.ctx.clock.now()
        for name in self.schedules:
            has_calendar = name in self.rosters.calendars.names
            self.ctx.timers.set(_CALENDAR if has_calendar else _HAND_OVER, name, now)

    def _resolve(self, rest: str, notification: Notification) -> Iterable[Recipient]:
        name = rest.strip()
        now = self.ctx.clock.now()
        found = self._people.first_present(self.rosters.roster(name, now).at(now), f"on call for {name}")
        return () if found is None else (found,)

    def _look_now(self, name: str) -> None:
        self.ctx.timers.set(_HAND_OVER, name, self.ctx.clock.now())

    def _hand_over(self, fired: TimerFired) -> Iterable[Notification]:
        name, now = fired.key, self.ctx.clock.now()
        if name not in self.schedules:
            return
        try:
            duty = self.rosters.on_duty(name, now)
        except PermanentFailure:  # its calendar was never read; once it is, this is done again
            return
        said = self.ctx.store.get(f"said:{name}")
        if duty.user != said:
            self.ctx.store.set(f"said:{name}", duty.user)
            # whoever was on call when the hub first looked has known for long
            if duty.user and said is not None:
                yield Notification(
                    key=f"hand-over:{name}:{now.isoformat()}",
                    kind="oncall.handover",
                    title=(
                        T(
                            "You are on call for {schedule} until {until}",
                            schedule=name,
                            until=Moment(at=duty.until),
                        )
                        if duty.until
                        else T("You are on call for {schedule}", schedule=name)
                    ),
                    to=(duty.user,),
                    occurred_at=now,
                )
        self.ctx.timers.set(_HAND_OVER, name, duty.until or now + timedelta(days=1))

    def _renew(self, fired: TimerFired) -> Iterable[Notification]:
        if fired.key in self.rosters.calendars.names:
            again = self.rosters.calendars.renew(fired.key)
            self.ctx.timers.set(_CALENDAR, fired.key, self.ctx.clock.now() + again)
            yield from self._hand_over(fired)

    def _check(self) -> Health:
        now, calendars = self.ctx.clock.now(), self.rosters.calendars
        remarks = [
            f"{name}: {known.remark}"
            for name in calendars.names
            if (known := calendars.known(name, now)).trouble
        ]
        return Health(ok=not remarks, message="; ".join(remarks))


def oncall_plugin(
    schedules: Mapping[str, Schedule], read_duration: Callable[[str], timedelta]
) -> type[OnCallPlugin]:
    """Return the plugin for *schedules*.

    Args:
        read_duration: reads ``2h`` as the settings do; raises ``ValueError`` that says what to write.
    """
    values = {"schedules": dict(schedules), "read_duration": staticmethod(read_duration)}
    return type("OnCallPlugin", (OnCallPlugin,), {**values, "__module__": __name__})
