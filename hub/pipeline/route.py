"""Route: which addresses a notification goes to, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from hub.plugin import Notification
from hub.settings import Match, Route


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What the rules said.

    Attributes:
        addresses: in order, each once.
        rules: numbers (from 1, as in ``hub.toml``) of the rules that matched.
        reason: in plain words, for ``hub trace``.
        dropped: a rule said that nobody gets it.
    """

    addresses: tuple[str, ...]
    rules: tuple[int, ...]
    reason: str
    dropped: bool = False


def decide(routes: Sequence[Route], instance: str, notification: Notification) -> Decision:
    """Return where *notification* goes: first match wins unless the rule continues."""
    addresses = list(notification.to)
    matched: list[int] = []
    for number, route in enumerate(routes, 1):
        if not matches(route.match, instance, notification):
            continue
        matched.append(number)
        if route.mode == "drop":
            return Decision(
                addresses=(), rules=tuple(matched), reason=f"dropped by route {number}", dropped=True
            )
        addresses = [*(addresses if route.mode == "add" else ()), *route.to]
        if not route.continue_:
            break
    if matched:
        reason = "route " + ", ".join(str(number) for number in matched)
    elif notification.to:
        reason = "no route matched; the notification's own recipients"
    else:
        reason = "no route matched and the notification names nobody"
    return Decision(addresses=tuple(dict.fromkeys(addresses)), rules=tuple(matched), reason=reason)


def matches(match: Match, instance: str, notification: Notification) -> bool:
    """Say whether every condition of *match* holds; ``*`` in a value stands for anything."""
    return (
        _one_of(match.instance, instance)
        and _one_of(match.kind, notification.kind)
        and _one_of(match.severity, notification.severity.value)
        and _labels(match.labels, notification.labels)
    )


def _labels(wanted: Mapping[str, Sequence[str]], labels: Mapping[str, str]) -> bool:
    return all(name in labels and _one_of(values, labels[name]) for name, values in wanted.items())


def _one_of(patterns: Sequence[str], value: str) -> bool:
    return not patterns or any(fnmatchcase(value, pattern) for pattern in patterns)
