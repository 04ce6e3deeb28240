"""Prometheus Alertmanager and Grafana alerts as Bitrix24 messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.plugin import InboundEvent, Notification, Plugin, Source, hookimpl
from hub_plugin_alertmanager.memory import GroupMemory
from hub_plugin_alertmanager.messages import tell
from hub_plugin_alertmanager.parse import AlertEvent, accept, parse
from hub_plugin_alertmanager.settings import AlertmanagerSettings


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
        """Tell what a message changes; a reminder changes nothing.

        *events* are the very objects that ``parse`` returned, so all of them are ``AlertEvent``.
        """
        alerts = [event for event in events if isinstance(event, AlertEvent)]
        news = GroupMemory(self.ctx.store).judge(alerts) if alerts else None
        return () if news is None else (tell(alerts, news, to=self.settings.to),)
