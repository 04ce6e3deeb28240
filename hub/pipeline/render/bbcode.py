"""BB code: the only place that makes it.

Text is merged first, then neutralised, then cut, and only then put into tags. So neither two harmless
values side by side nor a cut can make a tag that nobody meant.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NewType

from hub.pipeline.render.nesting import Allowed, settled
from hub.pipeline.render.neutralise import neutralise
from hub.pipeline.render.spans import Anchor, Dial, Mention, Span, Spans, Strong, Verbatim
from hub.pipeline.render.urls import absolute_url, safe_url

#: Finished BB code; it is made here, and parts of a finished message are such.
BB = NewType("BB", str)

ELLIPSIS = "…"


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Finished BB code, and whether something had to be left out of it."""

    bb: BB
    cut: bool


def compose(spans: Spans, *, limit: int, link_base: str, one_line: bool = False, tags: bool = True) -> Piece:
    """Return *spans* as BB code of at most *limit* characters, tags included.

    Args:
        limit: what is longer ends in ``…``; no tag stays open and no emoji is split.
        link_base: goes in front of portal-relative urls, which do not work in text.
        one_line: also without ``[code]``, which the portal shows as a block of its own.
        tags: without them only the words stay: for buttons and names of fields.
    """
    ready = settled(spans, Allowed(strong=tags, links=tags, code=tags and not one_line))
    writer = _Writer(link_base=link_base, one_line=one_line)
    written, cut = writer.write(ready, limit)
    if cut:
        written, _ = writer.write(ready, limit - len(ELLIPSIS))
        written = written.rstrip() + ELLIPSIS
    return Piece(bb=BB(written.strip()), cut=cut)


def link_to(label: BB, url: str, *, link_base: str) -> BB:
    """Return *label* as a link, or as it is where *url* may not be one."""
    safe = safe_url(url)
    return BB(f"[url={absolute_url(safe, link_base)}]{label}[/url]") if safe else label


def row(name: BB, value: BB) -> BB:
    """Return ``name: value``."""
    return BB(f"{name}: {value}") if name else value


def stack(pieces: Iterable[BB], *, limit: int) -> BB:
    """Return *pieces* one a line; from the first that does not fit on, they are left out whole."""
    kept: list[str] = []
    room = limit - len(ELLIPSIS) - 1
    for piece in pieces:
        room -= len(piece) + 1
        if room < 0:
            kept.append(ELLIPSIS)
            break
        kept.append(piece)
    return BB("\n".join(kept))


@dataclass(frozen=True, kw_only=True)
class _Writer:
    link_base: str
    one_line: bool

    def write(self, spans: Spans, room: int) -> tuple[str, bool]:
        """Return what of *spans* fits into *room* characters, and whether something did not."""
        written = ""
        for span in spans:
            opening, closing, content = self._parts(span)
            inside = room - len(written) - len(opening) - len(closing)
            if inside < 1:
                return written, True
            piece, cut = (
                self._text(content, inside) if isinstance(content, str) else self.write(content, inside)
            )
            if piece:
                written += f"{opening}{piece}{closing}"
            if cut:
                return written, True
        return written, False

    def _text(self, text: str, room: int) -> tuple[str, bool]:
        text = neutralise(text, one_line=self.one_line)
        return (text, False) if len(text) <= room else (_head(text, room), True)

    def _parts(self, span: Span) -> tuple[str, str, str | Spans]:
        match span:
            case str():
                return "", "", span
            case Strong(content=content):
                return "[b]", "[/b]", content
            case Verbatim(text=text):
                return "[code]", "[/code]", text
            case Mention(name=name, id=id):
                return f"[user={id}]", "[/user]", name
            case Dial(name=name, number=number):
                return f"[call={number}]", "[/call]", name
            case Anchor(content=content, url=url):
                return f"[url={absolute_url(safe_url(url) or '/', self.link_base)}]", "[/url]", content


def _head(text: str, room: int) -> str:
    """Return at most *room* characters from the beginning, not ending inside an emoji or a letter."""
    end = room
    while end and _continues(text, end):
        end -= 1
    return text[: end or room].rstrip()


def _continues(text: str, at: int) -> bool:
    joiner = "\u200d"
    after = text[at]
    return (
        after == joiner
        or text[at - 1] == joiner
        or unicodedata.category(after) in ("Mn", "Mc", "Me")
        or "\U0001f3fb" <= after <= "\U0001f3ff"
    )
