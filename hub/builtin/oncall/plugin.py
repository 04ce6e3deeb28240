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
    Moment,
    Notification,
    Plugin,
    PluginSettings,
    Recipient,
    Resolver,
    RetryLater,
    T,
    Timer,
    TimerFired,
    hookimpl,
)

_HAND_OVER = "hand-over"
#: How often somebody looks whether a calendar has changed.
_LOOK = timedelta(hours=1)


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
        """Declare the timer of hand-overs, armed for the moment at which somebody else is on call."""
        return (Timer(name=_HAND_OVER, handler=self._hand_over),) if self.schedules else ()

    @hookimpl
    def startup(self) -> None:
        """Look what has changed while the hub was down, or in its settings."""
        for name in self.schedules:
            self._look_now(name)

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
        except RetryLater as exc:
            self.ctx.log.warning("hand-overs of %s wait: %s", name, exc)
            self.ctx.timers.set(_HAND_OVER, name, now + _LOOK)
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
        change = duty.until
        if self.rosters.has_calendar(name):
            change = min(change or now + _LOOK, now + _LOOK)
        self.ctx.timers.set(_HAND_OVER, name, change or now + timedelta(days=1))


def oncall_plugin(
    schedules: Mapping[str, Schedule], read_duration: Callable[[str], timedelta]
) -> type[OnCallPlugin]:
    """Return the plugin for *schedules*.

    Args:
        read_duration: reads ``2h`` as the settings do; raises ``ValueError`` that says what to write.
    """
    values = {"schedules": dict(schedules), "read_duration": staticmethod(read_duration)}
    return type("OnCallPlugin", (OnCallPlugin,), {**values, "__module__": __name__})
