"""What a bot is told: reading events as they were fetched or posted.

Three arrivals come to the same: an event of ``imbot.v2.Event.get``, a form posted for a bot that v2
registered, and one for a bot that v1 registered. Whether a form may be trusted is not decided here.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.bitrix24 import bot_events_v1, bot_events_v2
from hub.bitrix24.bot_event_fields import node, text
from hub.bitrix24.bot_event_types import (
    BotDeleted,
    BotEvent,
    BotJoined,
    CommandGiven,
    Context,
    MessageWritten,
    Other,
)

__all__ = [
    "BotDeleted",
    "BotEvent",
    "BotJoined",
    "CommandGiven",
    "Context",
    "MessageWritten",
    "Other",
    "fetched_event",
    "posted_events",
]


def fetched_event(event: object) -> BotEvent:
    """Read one event of ``imbot.v2.Event.get``; whatever it is, this never raises."""
    name = _name(node(event).get("type"))
    return _v2(name, node(event, "data")) or Other(type=name)


def posted_events(form: Mapping[str, object]) -> tuple[BotEvent, ...]:
    """Read what was posted to a handler, as `hub.bitrix24.forms` parses it; never raises.

    A v1 form may be for several bots or commands, in the order the portal wrote them.
    """
    name = _name(node(form).get("event"))
    data = node(form, "data")
    if event := _v2(name, data):
        return (event,)
    return bot_events_v1.read(name, data) or (Other(type=name),)


def _v2(name: str, data: Mapping[str, object]) -> BotEvent | None:
    if not name.startswith(bot_events_v2.PREFIX):
        return None
    return bot_events_v2.read(name.removeprefix(bot_events_v2.PREFIX), data)


def _name(value: object) -> str:
    return text(value, 100).upper()
