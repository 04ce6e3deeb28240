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


class Op(StrEnum):
    """What an outbox row does to its dialog."""

    CARD = "card"  #: post the card, or edit the one that is there
    SHRINK = "shrink"  #: fold a card that was posted anew below into one line
    NOTICE = "notice"  #: the bell, where the chat refused the card or is in doubt


class Lane(IntEnum):
    """Who goes first; smaller is sooner."""

    INTERACTIVE = 0
    CRITICAL = 1
    NORMAL = 2
    DIGEST = 3
    BACKLOG = 4


#: How the reason of a superseded delivery begins; the id of the one that took its place follows.
SUPERSEDED_BY = "superseded by "
