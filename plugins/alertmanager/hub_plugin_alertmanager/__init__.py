"""Prometheus Alertmanager and Grafana alerts as Bitrix24 messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from hub.plugin import (
    Command,
    Context,
    Health,
    HealthCheck,
    InboundEvent,
    Job,
    Notification,
    Plugin,
    PluginError,
    Source,
    Timer,
    TimerFired,
    hookimpl,
)
from hub_plugin_alertmanager.actions import SILENCE_OVER
from hub_plugin_alertmanager.memory import GroupMemory
from hub_plugin_alertmanager.messages import tell
from hub_plugin_alertmanager.parse import AlertEvent, accept, parse, parse_watched
from hub_plugin_alertmanager.settings import AlertmanagerSettings
from hub_plugin_alertmanager.silencing import Silencing
from hub_plugin_alertmanager.watchdog import TIMER, Watchdog


class AlertmanagerPlugin(Plugin[AlertmanagerSettings]):
    """One living card per alert group, at ``/in/alertmanager`` and ``/in/alertmanager/{endpoint}``.

    With the address of Alertmanager's API the cards have buttons that silence there.
    """

    api_version = "1.0"
    settings_model = AlertmanagerSettings

    def __init__(self, settings: AlertmanagerSettings, ctx: Context) -> None:
        super().__init__(settings, ctx)
        within = settings.watchdog_silence
        self._watchdog = None if within is None else Watchdog(ctx, within, settings.to)
        self._silencing = Silencing(ctx, settings) if settings.api_base else None

    @hookimpl
    def sources(self) -> Iterable[Source]:
        """Declare the address with and without an endpoint; Grafana may send with PUT."""
        verify = self.settings.verifier()
        for path in ("", "{endpoint}"):
            yield Source(
                path=path,
                methods=("POST", "PUT"),
                verify=verify,
                accept=partial(accept, watched=self._watchdog is not None),
                parse=parse if self._watchdog is None else parse_watched,
                notify=self._notify,
            )

    @hookimpl
    def timers(self) -> Iterable[Timer]:
        """Declare what happens when the Watchdog stays away, and when a silence ends."""
        if self._watchdog is not None:
            yield Timer(name=TIMER, handler=self._silence)
        if self._silencing is not None:
            yield Timer(name=SILENCE_OVER, handler=self._silencing.watch.over)

    @hookimpl
    def commands(self) -> Iterable[Command]:
        """Declare the buttons, which need the API."""
        return () if self._silencing is None else self._silencing.actions.commands()

    @hookimpl
    def jobs(self) -> Iterable[Job]:
        """Declare the look at Alertmanager, which tells nobody of silences."""
        if self._silencing is not None:
            yield Job(name="silences", cron="* * * * *", run=self._silencing.watch.look, missed="skip")

    @hookimpl
    def health_checks(self) -> Iterable[HealthCheck]:
        """Declare the check of the API."""
        if self._silencing is not None:
            yield HealthCheck(name="alertmanager-api", check=self._check)

    @hookimpl
    def startup(self) -> None:
        """Wait for the first Watchdog alert."""
        if self._watchdog is not None:
            self._watchdog.begin()

    def _silence(self, fired: TimerFired) -> Iterable[Notification]:
        return () if self._watchdog is None else self._watchdog.silence()

    def _notify(self, events: Sequence[InboundEvent]) -> Iterable[Notification]:
        """Tell what a message changes; a reminder changes nothing.

        *events* are the very objects that ``parse`` returned: an ``AlertEvent`` each, but for the Watchdog.
        """
        if self._watchdog is not None:
            for event in events:
                if not isinstance(event, AlertEvent):
                    yield from self._watchdog.beat(event.occurred_at)
        alerts = [event for event in events if isinstance(event, AlertEvent)]
        if not alerts:
            return
        over_at = None if self._silencing is None else self._silencing.resolved_at(alerts)
        news = GroupMemory(self.ctx.store).judge(alerts, over_at)
        if news is not None:
            told = tell(alerts, news, to=self.settings.to)
            yield told if self._silencing is None else self._silencing.told(alerts, news, told)

    def _check(self) -> Health:
        assert self._silencing is not None
        try:
            return Health(ok=True, message=f"Alertmanager {self._silencing.api.version()} answers")
        except PluginError as exc:
            return Health(ok=False, message=str(exc))
