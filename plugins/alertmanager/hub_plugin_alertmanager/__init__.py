"""Prometheus Alertmanager and Grafana alerts as Bitrix24 messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.plugin import InboundEvent, Notification, Plugin, Source, hookimpl
from hub_plugin_alertmanager.messages import tell
from hub_plugin_alertmanager.parse import AlertEvent, accept, parse
from hub_plugin_alertmanager.settings import AlertmanagerSettings
from hub_plugin_alertmanager.shown import ShownAlerts


class AlertmanagerPlugin(Plugin[AlertmanagerSettings]):
    """One living card per alert group, at ``/in/alertmanager`` and ``/in/alertmanager/{endpoint}``."""

    api_version = "1.0"
    settings_model = AlertmanagerSettings

    @hookimpl
    def sources(self) -> Iterable[Source]:
        """Declare the address with and without an endpoint; Grafana may send with PUT."""
        verify = self.settings.verifier()
        for path in ("", "{endpoint}"):
            yield Source(
                path=path,
                methods=("POST", "PUT"),
                verify=verify,
                accept=accept,
                parse=parse,
                notify=self._notify,
            )

    def _notify(self, events: Sequence[InboundEvent]) -> Iterable[Notification]:
        alerts = [event for event in events if isinstance(event, AlertEvent)]
        if not alerts:
            return ()
        loud = ShownAlerts(self.ctx.store).remember(alerts)
        return (tell(alerts, to=self.settings.to, loud=loud),)
