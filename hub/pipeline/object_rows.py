"""Object rows: what a plugin's portal source is to look at, one inbox row for each of its ``coalesce`` keys."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue, ValidationError

from hub.pipeline.accept import item_group
from hub.plugin import Item, PermanentFailure, PluginError, PortalObject, PortalSource
from hub.registry import CallFailed, Declared, Registry, Status, calls
from hub.storage.ids import IdFactory
from hub.storage.states import InboxKind
from hub.storage.tables import Inbox


def source_name(source: PortalSource) -> str:
    """Return the name under which a source's rows and cursor are kept: its first event."""
    return source.events[0]


class ObjectRows:
    """Makes rows; whoever asked inserts them."""

    def __init__(self, registry: Registry, ids: IdFactory) -> None:
        self._registry = registry
        self._ids = ids

    def make(
        self,
        declared: Declared[PortalSource],
        objects: Sequence[PortalObject],
        now: datetime,
        *,
        because_of: str = "",
        caught_up: bool = False,
    ) -> list[Inbox]:
        """Return a row for each ``coalesce`` key among *objects*, due when they have settled.

        Args:
            because_of: the id of the row that told of them.
            caught_up: nobody told of them, they were looked up.
        """
        groups: dict[str, list[PortalObject]] = {}
        for each in objects:
            groups.setdefault(self._group(declared, each), []).append(each)
        return [
            self._row(
                declared,
                group,
                now,
                {
                    "source": source_name(declared.item),
                    "objects": [each.model_dump(mode="json") for each in members],
                    **({"because_of": because_of} if because_of else {}),
                    **({"caught_up": True} if caught_up else {}),
                },
            )
            for group, members in groups.items()
        ]

    def _group(self, declared: Declared[PortalSource], each: PortalObject) -> str:
        """Return the key; a plugin that cannot tell it keeps nothing from anybody, itself included."""
        own = f"{each.kind}:{each.id}"
        if declared.instance.status is not Status.ACTIVE:  # the wait for it would hold up other plugins
            return own
        try:
            return self._registry.guard.call(
                declared.instance.name, calls.COALESCE, declared.item.coalesce, each, object_id=own
            )
        except (CallFailed, PluginError):
            return own

    def _row(
        self, declared: Declared[PortalSource], group: str, now: datetime, request: dict[str, JsonValue]
    ) -> Inbox:
        id = self._ids.new("e")
        return Inbox(
            id=id,
            instance=declared.instance.name,
            kind=InboxKind.PORTAL_OBJECTS,
            key=f"objects:{id}",  # what tells of the same objects twice is no repeat: they may have changed again
            group_key=item_group(Item(group=group)),
            received_at=now,
            request=request,
            due_at=now + declared.item.settle,
        )


def objects_in(request: Mapping[str, JsonValue]) -> list[PortalObject]:
    """Return the objects of a row.

    Raises:
        PermanentFailure: another version wrote them, in a way that this one does not understand.
    """
    stored = request.get("objects")
    try:
        return [PortalObject.model_validate(each) for each in (stored if isinstance(stored, list) else ())]
    except ValidationError as exc:
        raise PermanentFailure("the stored objects cannot be read") from exc


def distinct(objects: Sequence[PortalObject]) -> tuple[PortalObject, ...]:
    """Return *objects* without repeats, in the order in which they were first told."""
    first: dict[str, PortalObject] = {}
    for each in objects:
        first.setdefault(json.dumps(each.model_dump(mode="json"), sort_keys=True), each)
    return tuple(first.values())
