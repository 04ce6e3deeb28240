"""Where a command is typed: in somebody's own dialog, or in a group, which belongs to all its members."""

from __future__ import annotations

from collections.abc import Callable

from hub.bitrix24.dialogs import is_person
from hub.pipeline.act.refusal import Refused
from hub.plugin import CommandCall, T


def is_in_group(call: CommandCall) -> bool:
    """Say whether others read along."""
    return not is_person(call.dialog)


def check_may_change(call: CommandCall, is_admin: Callable[[str], bool]) -> None:
    """Let everybody change what holds for their own dialog, and administrators what holds for a group.

    Raises:
        Refused: it is a group, and the person is no administrator.
        RetryLater: the portal is needed to know, and away.
    """
    if is_in_group(call) and not is_admin(call.actor):
        reason = f"user {call.actor} is not among hub.admins, and {call.dialog} is a group"
        raise Refused(T("In a group only administrators of the hub may do that."), reason)
