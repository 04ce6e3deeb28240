"""What a source makes of a request: items to keep, then events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

from hub.plugin.answer import Answer
from hub.plugin.severity import Severity


class EventKind(StrEnum):
    """What an event says about the thing it names."""

    PROBLEM = "problem"
    RECOVERY = "recovery"
    UPDATE = "update"
    MESSAGE = "message"
    UNKNOWN = "unknown"


class InboundEvent(BaseModel):
    """One thing that happened, in the hub's words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    event_id: str
    kind: EventKind = EventKind.UNKNOWN
    severity: Severity = Severity.WARNING
    title: str
    text: str = ""
    occurred_at: AwareDatetime
    url: str | None = None
    labels: dict[str, str] = Field(default_factory=dict)


class PortalObject(BaseModel):
    """One object of the portal that an event or a catch-up names.

    ``event`` is the portal's event name in upper case, empty from catch-up; ``fields`` is what the
    event or feed row carried, which is never enough to tell what changed: read the object back.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    id: str
    event: str = ""
    fields: dict[str, JsonValue] = Field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing to keep and process.

    Attributes:
        key: equal for every repeat of the same thing; ``None`` = hash of the body and a 10-minute bucket.
        body: what ``parse`` gets; ``None`` = the whole request body.
        group: rows of one instance and group are processed in the order accepted, never concurrently.
    """

    key: str | None = None
    body: bytes | None = None
    group: str | None = None


class ItemOutcome(StrEnum):
    """What became of an item at the commit."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What ``accept`` decided.

    Attributes:
        items: in the order they happened; none = handshake, probe or something to ignore, no row.
        reason: why there are no items, for the log.
        answer: what the sender gets, or a function of the outcomes, called after the commit.
    """

    items: Sequence[Item] = ()
    reason: str = ""
    answer: Answer | Callable[[Sequence[ItemOutcome]], Answer] = field(default_factory=Answer)
