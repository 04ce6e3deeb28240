"""Arrivals: what follows from an event of the portal, posted or fetched."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub.bitrix24.bot_events import BotEvent, fetched_event, posted_events
from hub.bitrix24.portal_events import NotAnEvent, event_name, is_for_a_bot, read_portal_event
from hub.pipeline.follows import Follows
from hub.pipeline.heard import Heard
from hub.pipeline.object_rows import ObjectRows
from hub.plugin import Clock, InvalidPayload, PermanentFailure, PortalObject
from hub.registry import Registry
from hub.storage.tables import Inbox

#: What such an event changes was changed when it was posted.
_ABOUT_THE_APPLICATION = "ONAPP"


class Arrivals:
    """Sends each event to those it is for: the bot, or every plugin that declared it.

    Args:
        bot_event: what follows from what people write to the bot and click in its messages.
    """

    def __init__(
        self,
        *,
        registry: Registry,
        rows: ObjectRows,
        heard: Heard,
        clock: Clock,
        bot_event: Callable[[Inbox, BotEvent], Follows],
    ) -> None:
        self._registry = registry
        self._rows = rows
        self._heard = heard
        self._clock = clock
        self._bot_event = bot_event

    def follows(self, row: Inbox) -> Follows:
        """Return what follows from a row of kind ``portal-event``.

        Raises:
            PermanentFailure: its body is no longer kept.
            InvalidPayload: it is not an event.
        """
        tree = _tree(row)
        try:
            name = event_name(tree)
        except NotAnEvent as exc:
            raise InvalidPayload(str(exc)) from exc
        is_posted = row.request.get("via") == "post"
        if is_posted:
            self._heard.note(name, row.received_at)
        if is_for_a_bot(name):
            return self._for_the_bot(row, posted_events(tree) if is_posted else (fetched_event(tree),))
        return self._for_plugins(row, name, tree)

    def _for_the_bot(self, row: Inbox, events: Sequence[BotEvent]) -> Follows:
        found = [self._bot_event(row, event) for event in events]
        reasons = dict.fromkeys(each.reason for each in found if each.reason)
        return Follows(
            actions=tuple(action for each in found for action in each.actions), reason="; ".join(reasons)
        )

    def _for_plugins(self, row: Inbox, name: str, tree: Mapping[str, Any]) -> Follows:
        interested = self._registry.portal_sources(name)
        if name.startswith(_ABOUT_THE_APPLICATION):
            return Follows(reason="it is about the hub's own application")
        if not interested:
            return Follows(reason=f"no plugin wants to know of {name}")
        event = read_portal_event(tree)
        if not event.id:
            return Follows(reason=f"{name} names no object")
        named = PortalObject(kind=event.kind, id=event.id, event=name, fields=dict(event.fields))
        now = self._clock.now()
        return Follows(
            events=tuple(
                made
                for declared in interested
                for made in self._rows.make(declared, [named], now, because_of=row.id)
            )
        )


def _tree(row: Inbox) -> Mapping[str, Any]:
    if row.body is None:
        raise PermanentFailure("the body is no longer kept")
    try:
        tree = json.loads(row.body)
    except ValueError as exc:
        raise InvalidPayload("the stored event is no JSON") from exc
    if not isinstance(tree, Mapping):
        raise InvalidPayload("the stored event is no JSON object")
    return tree
