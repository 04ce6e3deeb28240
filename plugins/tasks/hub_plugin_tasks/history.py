"""The history of a task: rows of the portal, and what changed between two looks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from hub_plugin_tasks.settings import Topic
from hub_plugin_tasks.task import Status
from hub_plugin_tasks.values import Row, id_of, ids_of, moment_of, number_of


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A row of the history; values are as the portal wrote them."""

    id: int
    at: datetime | None
    field: str
    before: object
    after: object
    actor: str


class Kind(StrEnum):
    """What changed."""

    NEW = "new"
    RESPONSIBLE = "responsible"
    STATUS = "status"
    DEADLINE = "deadline"
    ACCOMPLICES = "accomplices"
    AUDITORS = "auditors"


#: Field of the history -> what it says.
_KINDS = {
    "NEW": Kind.NEW,
    "RESPONSIBLE_ID": Kind.RESPONSIBLE,
    "STATUS": Kind.STATUS,
    "REAL_STATUS": Kind.STATUS,
    "DEADLINE": Kind.DEADLINE,
    "ACCOMPLICES": Kind.ACCOMPLICES,
    "AUDITORS": Kind.AUDITORS,
}
#: Kind -> the setting that asks for it.
TOPICS = {
    Kind.NEW: Topic.RESPONSIBLE,
    Kind.RESPONSIBLE: Topic.RESPONSIBLE,
    Kind.STATUS: Topic.STATUS,
    Kind.DEADLINE: Topic.DEADLINE,
    Kind.ACCOMPLICES: Topic.PARTICIPANTS,
    Kind.AUDITORS: Topic.PARTICIPANTS,
}
_STATUSES = frozenset(Status)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What changed, all rows of one kind taken together.

    Attributes:
        before, after: a status, a moment or the text that is no moment, ids of people; ``None`` = nothing.
        actor: who made the last of them.
    """

    kind: Kind
    before: object
    after: object
    actor: str
    at: datetime | None
    row: int


def read_entries(rows: Iterable[Row]) -> Sequence[Entry]:
    """Read rows in the order of their ids; those without one are left out."""
    found = (_entry(row) for row in rows)
    return sorted((entry for entry in found if entry.id), key=lambda entry: entry.id)


def changes(entries: Iterable[Entry]) -> Sequence[Change]:
    """Return what *entries*, oldest first, changed in the end; what went back to where it was is left out."""
    found: dict[Kind, Change] = {}
    for entry in entries:
        change = _change(entry)
        if change is None:
            continue
        first = found.get(change.kind)
        found[change.kind] = change if first is None else replace(change, before=first.before)
    return [each for each in found.values() if each.kind is Kind.NEW or each.before != each.after]


def value_of(field: str, value: object) -> object:
    """Return a value of the history in a form that can be compared, whatever form the portal chose."""
    match _KINDS.get(field):
        case Kind.STATUS:
            number = number_of(value)
            return number if number in _STATUSES else None
        case Kind.DEADLINE:
            return moment_of(value) or (None if value in (None, "", 0, "0", False) else str(value))
        case Kind.RESPONSIBLE:
            return id_of(value) or None
        case Kind.ACCOMPLICES | Kind.AUDITORS:
            return tuple(sorted(ids_of(value)))
        case _:
            return None


def _entry(row: Row) -> Entry:
    value, user = row.get("value"), row.get("user")
    values = value if isinstance(value, dict) else {}
    return Entry(
        id=number_of(row.get("id")),
        at=moment_of(row.get("createdDate")),
        field=str(row.get("field") or "").upper(),
        before=values.get("from"),
        after=values.get("to"),
        actor=id_of(user.get("id")) if isinstance(user, dict) else "",
    )


def _change(entry: Entry) -> Change | None:
    kind = _KINDS.get(entry.field)
    if kind is None:
        return None
    after = value_of(entry.field, entry.after)
    if kind in (Kind.STATUS, Kind.RESPONSIBLE) and after is None:
        return None  # a pseudo status, for example "not viewed", or nonsense
    return Change(
        kind=kind,
        before=value_of(entry.field, entry.before),
        after=after,
        actor=entry.actor,
        at=entry.at,
        row=entry.id,
    )
