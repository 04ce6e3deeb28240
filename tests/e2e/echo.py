"""A source whose requests say themselves what becomes of them; for tests of the core."""

import json

from pydantic import Field, SecretStr

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

TOKEN = {"authorization": "Bearer echo-token"}


class EchoSettings(PluginSettings):
    """Settings of the echo."""

    token: SecretStr = Field(SecretStr("echo-token"), description="Bearer token.")


class EchoPlugin(Plugin[EchoSettings]):
    """Tells what the request's body says: a notification's fields, or ``{"items": [...]}`` of them."""

    api_version = "1.0"
    settings_model = EchoSettings

    @hookimpl
    def sources(self):
        yield Source(
            verify=bearer_token(self.settings.token), accept=self._accept, parse=self._parse, notify=self._notify
        )

    def _accept(self, request):
        body = request.json()
        items = body["items"] if "items" in body else [body]
        return Receipt(
            items=[
                Item(key=each.get("id", each["key"]), group=each.get("thread"), body=json.dumps(each).encode())
                for each in items
            ]
        )

    def _parse(self, request):
        yield InboundEvent(
            event_id="echo",
            kind=EventKind.MESSAGE,
            title=request.body.decode(),
            occurred_at=request.received_at,
        )

    def _notify(self, events):
        for event in events:
            fields = json.loads(event.title)
            fields.pop("id", None)
            yield Notification.model_validate({"title": fields["key"], "to": ["user:1"], **fields})
