"""Which spans become tags: those that are allowed where they stand and that show something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from hub.pipeline.render.neutralise import neutralise
from hub.pipeline.render.spans import Anchor, Dial, Mention, Span, Spans, Strong, Verbatim
from hub.pipeline.render.urls import safe_url


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """What may be a tag here; nothing may stand inside its like, and only emphasis inside a link."""

    strong: bool = True
    code: bool = True
    links: bool = True


def settled(spans: Spans, allowed: Allowed) -> Spans:
    """Return *spans* with everything that cannot be a tag replaced by its words.

    Words that lost their tag are joined with their neighbours, so that they are disarmed together:
    two harmless halves could otherwise make one reference or one quotation.
    """
    return tuple(_joined(_without_useless_tags(spans, allowed)))


def _without_useless_tags(spans: Spans, allowed: Allowed) -> Iterator[Span]:
    for span in spans:
        match span:
            case Verbatim(text=text):
                yield span if allowed.code and _is_visible(text) else text
            case Mention(name=name, id=id):
                yield span if allowed.links and _is_user(id) and _is_visible(name) else name
            case Dial(name=name, number=number):
                yield span if allowed.links and _is_dialable(number) and _is_visible(name) else name
            case Strong(content=content):
                words = settled(content, replace(allowed, strong=False))
                if allowed.strong and _show_something(words):
                    yield Strong(words)
                else:
                    yield from words
            case Anchor(content=content, url=url):
                yield from _link(content, url, allowed)
            case _:
                yield span


def _link(content: Spans, url: str, allowed: Allowed) -> Iterator[Span]:
    is_safe = safe_url(url) is not None
    if is_safe and allowed.links:
        words = settled(content, replace(allowed, links=False, code=False))
        yield Anchor(words if _show_something(words) else (url,), url)
        return
    words = settled(content, allowed)
    yield from words
    if url and not is_safe and words != (url,):
        yield f" ({url})"


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    text = ""
    for span in spans:
        if isinstance(span, str):
            text += span
            continue
        if text:
            yield text
            text = ""
        yield span
    if text:
        yield text


def _show_something(spans: Spans) -> bool:
    return any(not isinstance(span, str) or _is_visible(span) for span in spans)


def _is_visible(text: str) -> bool:
    return neutralise(text, one_line=True).strip() != ""


def _is_dialable(number: str) -> bool:
    return re.fullmatch(r"[+]?[0-9]{3,20}", number) is not None


def _is_user(id: str) -> bool:
    return re.fullmatch(r"[1-9][0-9]{0,9}", id) is not None
