"""How the portal reads a message: a BB parser of its own, more gullible than the portal's."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.bitrix24.bot import OutgoingMessage
from hub.i18n import Catalogues, Reader
from hub.pipeline.render import render
from hub.plugin import Notification

PORTAL = "https://portal.example"

_NAMED = {"lbrack": "[", "lsqb": "[", "rbrack": "]", "rsqb": "]", "amp": "&", "lt": "<", "gt": ">"}
_LENIENT = re.compile(r"&(?:#(\d+)|#x([0-9a-f]+)|(lbrack|lsqb|rbrack|rsqb|amp|lt|gt));?", re.IGNORECASE)
_HIDDEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


@dataclass(frozen=True)
class Reading:
    """What the portal makes of a text: tags in order, the words between them, quotations."""

    tags: tuple[str, ...]
    words: str
    quotes: bool
    stray_brackets: bool

    @property
    def balanced(self) -> bool:
        stack: list[str] = []
        for tag in self.tags:
            name = re.match(r"/?(\w*)", tag)[1]
            if not tag.startswith("/"):
                stack.append(name)
            elif not stack or stack.pop() != name:
                return False
        return not stack


def read_text(text: str) -> Reading:
    """Read *text* as the most gullible client would: entities decoded to the end, nothing hidden."""
    for _ in range(6):
        text = _LENIENT.sub(_decoded, html.unescape(_HIDDEN.sub("", text)))
    text = re.sub(r"#br#", "\n", text, flags=re.IGNORECASE)
    tags: list[str] = []
    words = ""
    at = 0
    for found in re.finditer(r"\[([^\[\]]*)\]", text):
        words += text[at : found.start()]
        tags.append(found[1].strip().lower())
        at = found.end()
    words += text[at:]
    lines = words.splitlines()
    return Reading(
        tags=tuple(tags),
        words=words,
        quotes=any(line.lstrip().startswith(">>") or "------" in line for line in lines),
        stray_brackets="[" in words or "]" in words,
    )


def _decoded(found: re.Match[str]) -> str:
    decimal, hexadecimal, name = found.groups()
    if name:
        return _NAMED[name.lower()]
    code = int(decimal) if decimal else int(hexadecimal, 16)
    return chr(code) if code < 0x110000 else ""


def texts(message: OutgoingMessage) -> Iterator[str]:
    """Yield everything of *message* that the portal may read as BB code."""
    yield message.text
    for block in (message.attach or {"BLOCKS": ()})["BLOCKS"]:
        if "MESSAGE" in block:
            yield block["MESSAGE"]
        for row in block.get("GRID", ()):
            yield row["NAME"]
            yield row["VALUE"]
    yield from (button["TEXT"] for button in message.keyboard if "TEXT" in button)


@pytest.fixture(scope="session")
def portal_reads() -> Callable[[str], Reading]:
    return read_text


@pytest.fixture(scope="session")
def texts_of() -> Callable[[OutgoingMessage], Iterator[str]]:
    return texts


@pytest.fixture(scope="session")
def readers() -> dict[str, dict[str, Any]]:
    """What the rendering functions need, by language."""

    def fail(problem: str) -> None:
        raise AssertionError(problem)

    catalogues = Catalogues(warn=fail)
    return {
        language: {
            "reader": Reader(language=language, zone=ZoneInfo("Europe/Moscow")),
            "catalogue": catalogues.of("hub.i18n", language),
            "link_base": PORTAL,
        }
        for language in ("en", "ru")
    }


@pytest.fixture(scope="session")
def show(readers: dict[str, dict[str, Any]]) -> Callable[..., OutgoingMessage]:
    """Render for an English reader."""

    def show(notification: Notification, **options: Any) -> OutgoingMessage:
        return render(notification, command_params=lambda number: f"a{number}", **readers["en"], **options)

    return show
