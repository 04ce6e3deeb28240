"""What severities look like: a mark before the title, a colour on the card.

The mark is in the push, where nothing else says how bad it is:

=========  ====  ================
critical   🔴    red
error      🟠    orange
warning    🟡    yellow
info             blue
solved     ✅    green
=========  ====  ================

Solved is a notification whose kind ends in ``recovery`` or ``resolved`` (``zabbix.recovery``), whatever
the severity of the problem was.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.plugin import Notification, Severity


@dataclass(frozen=True, kw_only=True)
class Look:
    """A mark and a colour.

    Attributes:
        color: for older clients.
        tone: for newer ones, whose four colours have no yellow or green; ``base`` leaves it to the colour.
    """

    mark: str
    color: str
    tone: str


_LOOKS = {
    Severity.CRITICAL: Look(mark="🔴", color="#d92b2b", tone="alert"),
    Severity.ERROR: Look(mark="🟠", color="#e8701a", tone="alert"),
    Severity.WARNING: Look(mark="🟡", color="#f2b200", tone="base"),
    Severity.INFO: Look(mark="", color="#29619b", tone="base"),
}
_SOLVED = Look(mark="✅", color="#3aa655", tone="base")


def look_of(notification: Notification) -> Look:
    """Return how *notification* looks."""
    return _SOLVED if is_solved(notification.kind) else _LOOKS[notification.severity]


def is_solved(kind: str) -> bool:
    """Say whether a notification of *kind* tells that something is solved."""
    return kind.rpartition(".")[2] in ("recovery", "resolved")


def mark_of(severity: Severity, *, solved: bool) -> str:
    """Return the mark alone, for a line that tells of another message; empty for information."""
    return (_SOLVED if solved else _LOOKS[severity]).mark
