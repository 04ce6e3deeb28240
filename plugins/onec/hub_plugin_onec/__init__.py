"""Events of 1C:Enterprise as Bitrix24 messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hub.plugin import (
    Context,
    InboundEvent,
    InboundRequest,
    Notification,
    Plugin,
    Receipt,
    Source,
    Timer,
    TimerFired,
    basic_auth,
    hookimpl,
)
from hub_plugin_onec.decode import read
from hub_plugin_onec.exchange import FILE_LIMIT, TIMER, Exchange
from hub_plugin_onec.intake import accept
from hub_plugin_onec.messages import OnecEvent, event_of, tell
from hub_plugin_onec.record import record_of
from hub_plugin_onec.settings import OnecSettings


class OnecPlugin(Plugin[OnecSettings]):
    """JSON that 1C code posts to ``/in/onec`` and ``/in/onec/{endpoint}``; files at ``/in/onec/exchange``."""

    api_version = "1.0"
    settings_model = OnecSettings

    def __init__(self, settings: OnecSettings, ctx: Context) -> None:
        super().__init__(settings, ctx)
        self._basic = basic_auth(settings.username, settings.password)
        self._exchange = Exchange(
            ctx, basic=self._basic, password=settings.password.get_secret_value(), zone=settings.zone
        )

    @hookimpl
    def sources(self) -> Iterable[Source]:
        """Declare the address of the exchange, which looks like an endpoint, then those of JSON."""
        yield Source(  # which refuses PUT, or it would be JSON for an endpoint of that name
            path="exchange",
            methods=("GET", "POST", "PUT"),
            verify=self._exchange.verify,
            accept=self._exchange.accept,
            parse=self._exchange.parse,
            notify=self._notify,
            max_body=FILE_LIMIT,
            inline=False,  # an import looks into the store
        )
        for path in ("", "{endpoint}"):
            yield Source(
                path=path,
                methods=("POST", "PUT"),
                verify=self._basic,
                accept=self._accept,
                parse=self._parse,
                notify=self._notify,
                inline=False,  # a batch of a thousand events takes longer than the event loop may wait
            )

    @hookimpl
    def timers(self) -> Iterable[Timer]:
        """Declare what reads files that nobody asks to import."""
        yield Timer(name=TIMER, handler=self._give_up_waiting)

    def _accept(self, request: InboundRequest) -> Receipt:
        return accept(request, self.settings.zone)

    def _parse(self, request: InboundRequest) -> Iterable[OnecEvent]:
        """Read one event, as ``accept`` kept it."""
        record = record_of(read(request), self.settings.zone)
        endpoint = request.path_params.get("endpoint", "")
        return [event_of(record, endpoint=endpoint, received_at=request.received_at)]

    def _notify(self, events: Sequence[InboundEvent]) -> Iterable[Notification]:
        return [tell(event, to=self.settings.to) for event in events if isinstance(event, OnecEvent)]

    def _give_up_waiting(self, fired: TimerFired) -> Iterable[Notification]:
        return self._notify(self._exchange.give_up_waiting(fired))
