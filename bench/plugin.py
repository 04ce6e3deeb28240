"""The measured hub's own plugin: events that say who gets them and how urgent they are."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr

from hub.plugin import (
    Action,
    Command,
    CommandCall,
    EventKind,
    InboundEvent,
    InboundRequest,
    Item,
    Notification,
    Plugin,
    PluginSettings,
    Receipt,
    Reply,
    RetryLater,
    Severity,
    Source,
    bearer_token,
    hookimpl,
)
from hub_plugin_alertmanager import AlertmanagerPlugin

TOKEN = "bench-token"
PRESS = "press"
#: Behind the title of a card whose button was pressed.
PRESSED = "was pressed"


class BenchSettings(PluginSettings):
    """Settings of the plugin."""

    token: SecretStr = SecretStr(TOKEN)
    sleep: float = Field(0.0, description="Seconds that each event takes.")
    gate: str = Field("", description="A file; while it exists, no event is finished.")


class BenchPlugin(Plugin[BenchSettings]):
    """Takes ``[{"n", "to", "severity"}]``, each one an event; those of one dialog and severity keep their order.

    With a ``"button"`` the card has one, and a click on it changes the title.
    """

    api_version = "1.0"
    settings_model = BenchSettings

    @hookimpl
    def sources(self) -> Iterable[Source]:
        """Declare the one address."""
        yield Source(
            verify=bearer_token(self.settings.token), accept=_accept, parse=self._parse, notify=_notify
        )

    @hookimpl
    def commands(self) -> Iterable[Command]:
        """Declare what the button does."""
        yield Command(name=PRESS, summary="Press the button", handler=_press)

    def _parse(self, request: InboundRequest) -> list[InboundEvent]:
        if self.settings.sleep:
            time.sleep(self.settings.sleep)
        while self.settings.gate and Path(self.settings.gate).exists():
            time.sleep(0.01)
        told = json.loads(request.body)
        return [
            InboundEvent(
                event_id=told["n"],
                kind=EventKind.MESSAGE,
                title=f"event {told['n']}",
                severity=Severity(told["severity"]),
                occurred_at=request.received_at,
                labels={"to": told["to"], **({"button": told["button"]} if "button" in told else {})},
            )
        ]


class HeldPlugin(AlertmanagerPlugin):
    """The real plugin, which takes events but cannot start, so that they wait."""

    @hookimpl
    def startup(self) -> None:
        """Fail."""
        raise RetryLater("held for the measurement", after=timedelta(days=1))


def install(folder: Path) -> dict[str, str]:
    """Install the plugin for processes with the returned environment: a distribution in a folder."""
    metadata = folder / "site" / "hub_plugin_bench-1.0.dist-info"
    metadata.mkdir(parents=True, exist_ok=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: hub-plugin-bench\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[hub.plugins]\nbench = bench.plugin:BenchPlugin\nheld = bench.plugin:HeldPlugin\n"
    )
    return {"PYTHONPATH": f"{metadata.parent}:{Path(__file__).parents[1]}"}


def _accept(request: InboundRequest) -> Receipt:
    return Receipt(
        items=[
            Item(key=told["n"], group=f"{told['to']} {told['severity']}", body=json.dumps(told).encode())
            for told in json.loads(request.body)
        ]
    )


def _notify(events: Sequence[InboundEvent]) -> Iterable[Notification]:
    for event in events:
        yield Notification(
            key=f"bench:{event.event_id}",
            title=event.title,
            severity=event.severity,
            to=(event.labels["to"],),
            actions=(Action(label=event.labels["button"], command=PRESS),)
            if "button" in event.labels
            else (),
        )


def _press(call: CommandCall) -> Reply:
    card = call.notification
    assert card is not None
    return Reply(notification=card.model_copy(update={"title": f"{card.title} {PRESSED}", "actions": ()}))
