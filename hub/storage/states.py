"""States of inbox rows and what a row can be; deliveries use ``hub.plugin.DeliveryState``."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class InboxState(StrEnum):
    """Where an accepted thing stands; every end but ``processed`` has a reason."""

    NEW = "new"
    PROCESSED = "processed"
    IGNORED = "ignored"
    REJECTED = "rejected"
    FAILED = "failed"


class InboxKind(StrEnum):
    """Where an inbox row comes from."""

    HTTP = "http"
    JOB = "job"
    TIMER = "timer"
    COMMAND = "command"  #: what a command tells further
    PORTAL_EVENT = "portal-event"  #: what the portal told, posted or fetched, as it came
    PORTAL_OBJECTS = "portal-objects"  #: objects of the portal that a plugin wants to look at


class ActionState(StrEnum):
    """Where a click or a typed command stands; every end but ``done`` has a reason."""

    NEW = "new"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"  #: it was begun, and nobody knows what came of it

    @property
    def is_final(self) -> bool:
        """Whether nothing more comes of it."""
        return self not in (ActionState.NEW, ActionState.RUNNING)


class Op(StrEnum):
    """What an outbox row does to its dialog."""

    CARD = "card"  #: post the card, or edit the one that is there
    SHRINK = "shrink"  #: fold a card that was posted anew below into one line
    NOTICE = "notice"  #: the bell, where the chat refused the card or is in doubt
    REPLY = "reply"  #: a line of text that answers a person, no card
    REDRAW = "redraw"  #: show the card as it is once more, which makes its buttons work again


class Lane(IntEnum):
    """Who goes first; smaller is sooner."""

    INTERACTIVE = 0
    CRITICAL = 1
    NORMAL = 2
    DIGEST = 3
    BACKLOG = 4


#: How the reason of a superseded delivery begins; the id of the one that took its place follows.
SUPERSEDED_BY = "superseded by "
