"""What a plugin wants people to know, and to whom it goes."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, model_validator

from hub.plugin.severity import Severity
from hub.plugin.text import Words


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldRow(_Frozen):
    """One line of a card's table."""

    name: Words
    value: Words


def field(name: Words, value: Words) -> FieldRow:
    """Return one line of a card's table."""
    return FieldRow(name=name, value=value)


class Action(_Frozen):
    """A button: either a command that acts, or a link.

    Attributes:
        command: of the same instance; ``other:ack`` is the command ``ack`` of instance ``other``.
        args: given to the command; they are stored, they never travel through the chat client.
        confirm: ask yes or no, privately, before acting.
    """

    label: Words
    command: str = ""
    args: dict[str, JsonValue] = Field(default_factory=dict)
    url: str = ""
    style: Literal["primary", "secondary", "alert", "base"] = "base"
    confirm: bool = False

    @model_validator(mode="after")
    def _one_target(self) -> Action:
        if bool(self.command) == bool(self.url):
            raise ValueError("an action has either a command or a url")
        return self


class Mode(StrEnum):
    """How a notification treats the card of its thread."""

    OPEN = "open"
    UPDATE = "update"


class ProblemState(StrEnum):
    """How the problem stands that a card is about."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    OVER = "over"


class Notification(_Frozen):
    """A fact that people should know.

    Attributes:
        key: identity of the *fact*: equal over retry, replay, event and catch-up, for example
            ``deal:1201:stagehistory:5521``. One key reaches one dialog once.
        kind: dotted, for routes and mutes: ``crm.lead.new``.
        title: the essential sentence; it is also the push text.
        fields: the card's table.
        labels: for routes, flood control and maintenance; values are shown to nobody.
        to: addresses, used where no route says otherwise.
        thread: one living card per thread and dialog; empty = a message of its own.
        mode: ``open`` posts the card or edits the one that is there; ``update`` edits the card in every
            dialog that holds the thread and opens nothing.
        loud: post the card anew, because an edit makes no push.
        problem: how the problem stands. ``acknowledged`` says that somebody is at it, so nobody else needs to be told;
            without a word an ``update`` of severity info is taken for the end.
        occurred_at: when the fact happened; an early ``update`` only waits for a card of an earlier fact.
        expires_at: after this moment a message that has not gone out is only counted.
        suppressed: why nobody should get it; set by :meth:`suppress`.
    """

    key: str = Field(min_length=1, max_length=500)
    kind: str = "message"
    title: Words
    text: Words = ""
    severity: Severity = Severity.INFO
    url: str = ""
    fields: tuple[FieldRow, ...] = ()
    actions: tuple[Action, ...] = ()
    labels: dict[str, str] = Field(default_factory=dict)
    to: tuple[str, ...] = ()
    thread: str = Field("", max_length=1000)
    mode: Mode = Mode.OPEN
    loud: bool = False
    problem: ProblemState | None = None
    occurred_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    suppressed: str = ""

    @model_validator(mode="after")
    def _an_update_needs_a_thread(self) -> Notification:
        if self.mode is Mode.UPDATE and not self.thread:
            raise ValueError("mode 'update' needs a thread to update")
        return self

    @property
    def is_over(self) -> bool:
        """Whether it tells the end of a problem."""
        if self.problem is None:
            return self.mode is Mode.UPDATE and self.severity is Severity.INFO
        return self.problem is ProblemState.OVER

    def suppress(self, reason: str) -> Notification:
        """Return a copy that goes to nobody; *reason* is shown by ``hub trace``."""
        return self.model_copy(update={"suppressed": reason})


class Recipient(_Frozen):
    """A person or a group chat.

    Attributes:
        id: the portal's user id, or the chat's number (``1157``).
        reason: why this recipient, shown to the operator: ``head of department 5``.
    """

    kind: Literal["user", "chat"]
    id: str = Field(pattern=r"^[0-9]+$")
    reason: str = ""

    @property
    def dialog(self) -> str:
        """The portal's dialog id: ``27`` or ``chat1157``."""
        return self.id if self.kind == "user" else f"chat{self.id}"


class DeliveryState(StrEnum):
    """Where a delivery stands; every end that is not ``sent`` has a reason."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DEAD = "dead"
    SUPERSEDED = "superseded"
    SUPPRESSED = "suppressed"


class Delivery(_Frozen):
    """How one notification reached one dialog."""

    id: str
    notification: str
    key: str
    labels: dict[str, str] = Field(default_factory=dict)
    dialog: str
    state: DeliveryState
    message_id: str | None = None
    reason: str = ""
