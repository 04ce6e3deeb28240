"""Events of 1C:Enterprise as Bitrix24 messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.plugin import (
    InboundEvent,
    InboundRequest,
    Notification,
    Plugin,
    Receipt,
    Source,
    basic_auth,
    hookimpl,
)
from hub_plugin_onec.decode import read
from hub_plugin_onec.intake import accept
from hub_plugin_onec.messages import OnecEvent, event_of, tell
from hub_plugin_onec.record import record_of
from hub_plugin_onec.settings import OnecSettings


class OnecPlugin(Plugin[OnecSettings]):
    """JSON that 1C code posts to ``/in/onec`` and ``/in/onec/{endpoint}``."""

    api_version = "1.0"
    settings_model = OnecSettings

    @hookimpl
    def sources(self) -> Iterable[Source]:
        """Declare the address with and without an endpoint."""
        for path in ("", "{endpoint}"):
            yield Source(
                path=path,
                methods=("POST", "PUT"),
                verify=basic_auth(self.settings.username, self.settings.password),
                accept=self._accept,
                parse=self._parse,
                notify=self._notify,
                inline=False,  # a batch of a thousand events takes longer than the event loop may wait
            )

    def _accept(self, request: InboundRequest) -> Receipt:
        return accept(request, self.settings.zone)

    def _parse(self, request: InboundRequest) -> Iterable[OnecEvent]:
        """Read one event, as ``accept`` kept it."""
        record = record_of(read(request), self.settings.zone)
        endpoint = request.path_params.get("endpoint", "")
        return [event_of(record, endpoint=endpoint, received_at=request.received_at)]

    def _notify(self, events: Sequence[InboundEvent]) -> Iterable[Notification]:
        return [tell(event, to=self.settings.to) for event in events if isinstance(event, OnecEvent)]
