"""A source whose requests say themselves what becomes of them; for tests of the core."""

import json
from collections.abc import Callable

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
    """Tells what the request's body says: a notification's fields, or ``{"items": [...]}`` of them.

    ``id`` and ``group`` are the item's key and group, else they are ``key`` and ``thread``; ``quiet`` tells nothing.

    Attributes:
        in_accept, in_parse, in_notify: called with the body's fields before the hook does its work, so that a test
            can raise, wait or store something there.
        told: keys in the order in which they were told.
    """

    api_version = "1.0"
    settings_model = EchoSettings

    def __init__(self, settings, ctx):
        super().__init__(settings, ctx)
        self.in_accept = self.in_parse = self.in_notify = _nothing
        self.told = []

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
        self.in_accept(body)
        items = body.get("items", [body])
        return Receipt(
            items=[
                Item(
                    key=each.get("id", each["key"]),
                    group=each.get("group", each.get("thread")),
                    body=json.dumps(each).encode(),
                )
                for each in items
            ]
        )

    def _parse(self, request):
        self.in_parse(json.loads(request.body))
        yield InboundEvent(
            event_id="echo",
            kind=EventKind.MESSAGE,
            title=request.body.decode(),
            occurred_at=request.received_at,
        )

    def _notify(self, events):
        for event in events:
            fields = json.loads(event.title)
            self.in_notify(fields)
            self.told.append(fields["key"])
            for name in ("id", "group"):
                fields.pop(name, None)
            if not fields.pop("quiet", False):
                yield Notification.model_validate({"title": fields["key"], "to": ["user:1"], **fields})


def raising(*errors: Exception) -> Callable[[object], None]:
    """Return what raises each of *errors* once, in this order, and then nothing more."""
    left = list(errors)

    def step(_: object) -> None:
        if left:
            raise left.pop(0)

    return step


def _nothing(_: object) -> None:
    pass
