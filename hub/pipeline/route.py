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
    told: list[str] = []
    for number, route in enumerate(routes, 1):
        if not matches(route.match, instance, notification):
            continue
        matched.append(number)
        told.append(f"route {number}{_conditions(route.match)}{' adds' if route.mode == 'add' else ''}")
        if route.mode == "drop":
            return Decision(addresses=(), rules=tuple(matched), reason=f"dropped by {told[-1]}", dropped=True)
        addresses = [*(addresses if route.mode == "add" else ()), *route.to]
        if not route.continue_:
            break
    if matched:
        reason = ", then ".join(told)
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


def misses(match: Match, instance: str, notification: Notification) -> tuple[str, ...]:
    """Return the conditions of *match* that do not hold, in plain words."""
    found = []
    named: tuple[tuple[str, Sequence[str], str], ...] = (
        ("instance", match.instance, instance),
        ("kind", match.kind, notification.kind),
        ("severity", match.severity, notification.severity.value),
    )
    for name, wanted, value in named:
        if not _one_of(wanted, value):
            found.append(f"{name} is {value}, not {_or(wanted)}")
    for name, wanted in match.labels.items():
        if name not in notification.labels:
            found.append(f"there is no label {name}")
        elif not _one_of(wanted, notification.labels[name]):
            found.append(f"label {name} is {notification.labels[name]}, not {_or(wanted)}")
    return tuple(found)


def _conditions(match: Match) -> str:
    """Return what *match* asks for, in brackets; nothing when it takes everything."""
    named = {"instance": match.instance, "kind": match.kind, "severity": match.severity}
    words = [f"{name} {_or(values)}" for name, values in named.items() if values]
    words += [f"label {name}={_or(values)}" for name, values in match.labels.items()]
    return f" ({', '.join(words)})" if words else ""


def _or(values: Sequence[str]) -> str:
    return " or ".join(str(value) for value in values)


def _labels(wanted: Mapping[str, Sequence[str]], labels: Mapping[str, str]) -> bool:
    return all(name in labels and _one_of(values, labels[name]) for name, values in wanted.items())


def _one_of(patterns: Sequence[str], value: str) -> bool:
    return not patterns or any(fnmatchcase(value, pattern) for pattern in patterns)
