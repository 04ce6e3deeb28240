"""What the portal tells about its own objects, in one form for every kind of event.

Fetched events have native types; in posted forms each scalar is a string, empty maps are missing, and where there is
no map the literal ``undefined`` may stand. So any key may be absent and any value damaged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Scalar: TypeAlias = "str | int | float | bool | None"
Value: TypeAlias = "Scalar | list[Scalar]"

_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,99}")
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_VERB = "(ADD|UPDATE|DELETE)"
#: From names to kinds; what matches none is called by its name without the verb.
_KINDS = (
    (re.compile(rf"ONCRMDYNAMICITEM{_VERB}(_(?P<type>[0-9]{{1,10}}))?"), "item"),
    (re.compile(rf"ONCRMTIMELINECOMMENT{_VERB}"), "timeline-comment"),
    (re.compile(rf"ONCRM(?P<kind>LEAD|DEAL|CONTACT|COMPANY|QUOTE|INVOICE|ACTIVITY){_VERB}"), ""),
    (re.compile(r"ONCRM(?P<kind>DEAL)MOVETOCATEGORY"), ""),
    (re.compile(rf"ONTASKCOMMENT{_VERB}"), "task-comment"),
    (re.compile(rf"ON(?P<kind>TASK|USER){_VERB}"), ""),
)
_ENDING = re.compile(rf"{_VERB}(_[0-9]+)?$")

#: Maps that hold an object's fields, in the order in which they count.
_MAPS = ("FIELDS", "FIELDS_AFTER", "FIELDS_BEFORE")
_MOST_FIELDS = 200
_MOST_VALUES = 100
_LONGEST = 4000
_LARGEST = 10**19


class NotAnEvent(ValueError):
    """It does not say which event it is."""


@dataclass(frozen=True, kw_only=True)
class PortalEvent:
    """Something that happened to an object of the portal.

    Attributes:
        name: in capitals: ``ONCRMDEALUPDATE``.
        kind: ``lead``, ``deal``, ``item``, ``task``, ``task-comment`` …
        id: the object's; empty when the event names none. A comment in a task's chat has the id of its message.
        fields: what the event carries, never enough to tell what changed; long text is cut.
    """

    name: str
    kind: str
    id: str
    fields: Mapping[str, Value] = field(default_factory=dict)


def event_name(tree: Mapping[str, Any]) -> str:
    """Return the name of a posted or fetched event in capitals.

    Raises:
        NotAnEvent: it has none.
    """
    name = tree.get("event", tree.get("type"))
    if isinstance(name, str) and _NAME.fullmatch(name.upper()):
        return name.upper()
    raise NotAnEvent("the field 'event' is missing or is no name of an event")


def is_for_a_bot(name: str) -> bool:
    """Say whether an event is about what people write to a bot and click in its messages."""
    return name.startswith(("ONIMBOT", "ONIMCOMMAND"))


def read_portal_event(tree: Mapping[str, Any]) -> PortalEvent:
    """Read an event of any kind.

    Raises:
        NotAnEvent: it has no name.
    """
    name = event_name(tree)
    kind, entity_type = _kind(name)
    fields = _fields(_map(tree.get("data")))
    if kind == "item" and entity_type:
        fields.setdefault("ENTITY_TYPE_ID", entity_type)
    id = _id(fields.get("ID"))
    if kind == "task-comment" and not id:  # the comments of the new task card are messages of its chat
        id = _id(fields.get("MESSAGE_ID"))
    return PortalEvent(name=name, kind=kind, id=id, fields=fields)


def _kind(name: str) -> tuple[str, str]:
    for pattern, kind in _KINDS:
        if found := pattern.fullmatch(name):
            groups = found.groupdict()
            return kind or groups["kind"].lower(), groups.get("type") or ""
    return _ENDING.sub("", name.removeprefix("ON")).lower(), ""


def _fields(data: Mapping[str, Any]) -> dict[str, Value]:
    maps = [_map(data.get(name)) for name in _MAPS]
    fields: dict[str, Value] = {}
    for each in maps if any(maps) else [data]:  # some events have no map of fields
        for name, value in each.items():
            if len(fields) == _MOST_FIELDS:
                return fields
            if (
                isinstance(name, str)
                and len(name) <= _MOST_VALUES
                and name not in fields
                and _is_plain(value)
            ):
                fields[name] = _short(value)
    return fields


def _is_plain(value: object) -> bool:
    if isinstance(value, list):
        return len(value) <= _MOST_VALUES and all(_is_scalar(each) for each in value)
    return _is_scalar(value)


def _is_scalar(value: object) -> bool:
    if isinstance(value, int | float):
        return -_LARGEST < value < _LARGEST
    return value is None or isinstance(value, str)


def _short(value: Any) -> Value:
    if isinstance(value, list):
        return [each[:_LONGEST] if isinstance(each, str) else each for each in value]
    scalar: Scalar = value[:_LONGEST] if isinstance(value, str) else value
    return scalar


def _id(value: object) -> str:
    """Return an id; zero and ``undefined`` are none."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and _ID.fullmatch(value) and value not in ("0", "undefined"):
        return value
    return ""


def _map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
