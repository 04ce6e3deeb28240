"""A help desk: a plugin whose cards have buttons, and whose commands misbehave on request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from datetime import timedelta

from pydantic import BaseModel, SecretStr

from hub.plugin import (
    Action,
    Command,
    CommandCall,
    InboundEvent,
    InboundRequest,
    Notification,
    Plugin,
    PluginSettings,
    Reply,
    Source,
    Who,
    bearer_token,
    hookimpl,
)

TOKEN = {"authorization": "Bearer desk"}


class TakeArgs(BaseModel):
    """Which ticket."""

    ticket: int


class DeskPlugin(Plugin[PluginSettings]):
    """``take`` does what a test puts into ``handler``; ``calls`` are those that it got."""

    api_version = "1.0"

    def __init__(self, settings: PluginSettings, ctx) -> None:
        super().__init__(settings, ctx)
        self.calls: list[CommandCall] = []
        self.handler: Callable[[CommandCall], Reply | None] = lambda call: None
        self.lock = threading.Lock()

    @hookimpl
    def sources(self) -> Iterable[Source]:
        yield Source(verify=bearer_token(SecretStr("desk")), parse=_parse, notify=self._notify)

    @hookimpl
    def commands(self) -> Iterable[Command]:
        yield Command(name="take", summary="Take a ticket", handler=self._take, args_model=TakeArgs)
        yield Command(name="anyone", summary="For all", handler=self._take, who=Who.ANYONE)
        yield Command(name="close", summary="Close a ticket", handler=self._take, who=Who.ADMIN)
        yield Command(name="look", summary="Look again", handler=self._take, idempotent=True)
        yield Command(name="tickets", summary="List tickets", handler=self._take, chat=True)
        yield Command(name="comment", summary="Comment", handler=self._take)

    def _take(self, call: CommandCall) -> Reply | None:
        with self.lock:
            self.calls.append(call)
        return self.handler(call)

    def _notify(self, events):
        for event in events:
            yield Notification(
                key=event.event_id,
                title=event.title,
                to=tuple(event.labels["to"].split()),
                expires_at=_after(event) if event.labels["expires_in"] != "0" else None,
                actions=tuple(
                    Action(
                        label=command.title(),
                        command=command,
                        args={"ticket": 7},
                        confirm=command == "anyone",
                    )
                    for command in event.labels["commands"].split()
                ),
            )


def _after(event: InboundEvent):
    return event.occurred_at + timedelta(seconds=int(event.labels["expires_in"]))


def _parse(request: InboundRequest):
    found = request.json()
    yield InboundEvent(
        event_id=found["key"],
        title="Printer on fire",
        occurred_at=request.received_at,
        labels={
            "to": found.get("to", "user:27"),
            "commands": found.get("commands", "take close"),
            "expires_in": str(found.get("expires_in", 0)),
        },
    )
