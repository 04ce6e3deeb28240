"""A source whose events carry a number, so that a test can tell which of them were shown, and how often."""

import json
import threading

from pydantic import SecretStr

from hub.plugin import (
    EventKind,
    InboundEvent,
    Item,
    Notification,
    Plugin,
    PluginSettings,
    Receipt,
    Source,
    bearer_token,
    hookimpl,
)


class NumberedSettings(PluginSettings):
    """Settings of the numbered source."""

    token: SecretStr = SecretStr("numbered-token")


class NumberedPlugin(Plugin[NumberedSettings]):
    """Tells ``{"number", "user", "severity"}``; events of one user and severity keep their order.

    ``"stuck": true`` is an event whose ``parse`` never ends.
    """

    api_version = "1.0"
    settings_model = NumberedSettings

    @hookimpl
    def sources(self):
        yield Source(
            verify=bearer_token(self.settings.token),
            accept=self._accept,
            parse=self._parse,
            notify=self._notify,
        )

    def _accept(self, request):
        body = request.json()
        return Receipt(items=[Item(key=str(body["number"]), group=f"{body['user']} {body['severity']}")])

    def _parse(self, request):
        body = request.json()
        if body.get("stuck"):
            threading.Event().wait()
        yield InboundEvent(
            event_id=str(body["number"]),
            kind=EventKind.MESSAGE,
            title=request.body.decode(),
            occurred_at=request.received_at,
        )

    def _notify(self, events):
        for event in events:
            body = json.loads(event.title)
            yield Notification(
                key=f"numbered:{body['number']}",
                title=f"number {body['number']:05}",
                severity=body["severity"],
                to=[f"user:{body['user']}"],
            )
