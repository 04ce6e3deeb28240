"""What follows from an inbox row, before anything of it is written."""

from __future__ import annotations

from dataclasses import dataclass

from hub.pipeline.addressing import Addressed
from hub.plugin import Notification
from hub.storage.chat_tables import Action
from hub.storage.tables import Inbox


@dataclass(frozen=True, kw_only=True)
class Ready:
    """A notification of the hub's own making whose recipients are known, in the name of *instance*."""

    instance: str
    addressed: Addressed


@dataclass(frozen=True, kw_only=True)
class Follows:
    """What is to be told, done and looked at because of a row.

    Attributes:
        ready: told behind them, and not treated any more.
        events: rows for plugins.
        together: ids of unclaimed rows that were read with this one and end with it.
        caught_up: nobody told of it when it happened, so it may be late.
        reason: why nothing follows, where the row itself says so.
    """

    notifications: tuple[Notification, ...] = ()
    ready: tuple[Ready, ...] = ()
    actions: tuple[Action, ...] = ()
    events: tuple[Inbox, ...] = ()
    together: tuple[str, ...] = ()
    caught_up: bool = False
    reason: str = ""
