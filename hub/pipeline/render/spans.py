"""The step between words and markup: text with emphasis, links and people in it, still just data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Strong:
    """Emphasised content."""

    content: Spans


@dataclass(frozen=True)
class Verbatim:
    """Content shown exactly as it is."""

    text: str


@dataclass(frozen=True)
class Anchor:
    """Content that leads somewhere; the url is as untrusted as the rest."""

    content: Spans
    url: str


@dataclass(frozen=True)
class Mention:
    """An employee by the portal's user id."""

    name: str
    id: str


@dataclass(frozen=True)
class Dial:
    """A telephone number, as it is shown and as it is dialled."""

    name: str
    number: str


Span = str | Strong | Verbatim | Anchor | Mention | Dial
Spans = tuple[Span, ...]
