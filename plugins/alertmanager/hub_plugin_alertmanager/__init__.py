"""Prometheus Alertmanager and Grafana alerts as Bitrix24 messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from hub.plugin import Context, InboundEvent, Notification, Plugin, Source, Timer, TimerFired, hookimpl
from hub_plugin_alertmanager.memory import GroupMemory
from hub_plugin_alertmanager.messages import tell
from hub_plugin_alertmanager.parse import AlertEvent, accept, parse, parse_watched
from hub_plugin_alertmanager.settings import AlertmanagerSettings
from hub_plugin_alertmanager.watchdog import TIMER, Watchdog


class AlertmanagerPlugin(Plugin[AlertmanagerSettings]):
    """One living card per alert group, at ``/in/alertmanager`` and ``/in/alertmanager/{endpoint}``."""

    api_version = "1.0"
    settings_model = AlertmanagerSettings

    def __init__(self, settings: AlertmanagerSettings, ctx: Context) -> None:
        super().__init__(settings, ctx)
        within = settings.watchdog_silence
        self._watchdog = None if within is None else Watchdog(ctx, within, settings.to)

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
        """Declare the timer of silence, where the Watchdog is watched."""
        return () if self._watchdog is None else (Timer(name=TIMER, handler=self._silence),)

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
        news = GroupMemory(self.ctx.store).judge(alerts) if alerts else None
        if news is not None:
            yield tell(alerts, news, to=self.settings.to)
