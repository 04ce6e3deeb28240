"""From a notification to a message of the portal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hub.bitrix24.bot import OutgoingMessage
from hub.i18n import Catalogue, Reader
from hub.pipeline.render.bbcode import BB, Piece, link_to, row, stack
from hub.pipeline.render.card import card
from hub.pipeline.render.keyboard import keyboard
from hub.pipeline.render.limits import PORTAL_LIMITS, Limits
from hub.pipeline.render.look import look_of
from hub.pipeline.render.text import Writer
from hub.plugin import Notification, T

#: The title inside a sentence of the hub's own.
_QUOTED_TITLE = 200


def render(
    notification: Notification,
    *,
    reader: Reader,
    catalogue: Catalogue,
    link_base: str,
    command_params: Callable[[int], str],
    limits: Limits = PORTAL_LIMITS,
) -> OutgoingMessage:
    """Return the message that shows *notification* to *reader*.

    Args:
        catalogue: of the plugin that made the notification.
        link_base: the portal's address, which goes in front of ``/…`` urls in text.
        command_params: returns what the button of action number *i* sends back when it is clicked.
    """
    writer = Writer(reader=reader, catalogue=catalogue, link_base=link_base)
    title = _title(notification, writer, limits)
    body = card(notification, writer, limits)
    cut = title.cut or body.cut
    return OutgoingMessage(
        text=f"{look_of(notification).mark} {title.bb}".strip(),
        attach=body.attach,
        keyboard=keyboard(
            notification,
            writer,
            limits,
            command_params=command_params,
            open_label=T("Show in full") if cut else T("Open"),
        ),
    )


def plain_fallback(
    message: OutgoingMessage, *, link_base: str, limits: Limits = PORTAL_LIMITS
) -> OutgoingMessage:
    """Return *message* with its card and its links as text, for a portal that refused card or buttons."""
    return OutgoingMessage(text=stack(_lines(message, link_base), limit=limits.message))


def one_line(
    notification: Notification, *, reader: Reader, catalogue: Catalogue, link_base: str
) -> OutgoingMessage:
    """Return what stays of a card that was posted anew further down."""
    writer = Writer(reader=reader, catalogue=catalogue, link_base=link_base)
    title = writer.label(notification.title, limit=_QUOTED_TITLE)
    moved = writer.label(T("↓ {title} — moved below", title=title), limit=2 * _QUOTED_TITLE)
    return OutgoingMessage(text=moved)


def reply(
    notification: Notification,
    *,
    reader: Reader,
    catalogue: Catalogue,
    link_base: str,
    limits: Limits = PORTAL_LIMITS,
) -> OutgoingMessage:
    """Return the words of *notification* as a line of talk: no card, no mark, no buttons."""
    writer = Writer(reader=reader, catalogue=catalogue, link_base=link_base)
    words = writer.markup(notification.title, limit=limits.message)
    return OutgoingMessage(text=words.bb or writer.label(T("Done."), limit=limits.title))


def notice(
    notification: Notification,
    *,
    reader: Reader,
    catalogue: Catalogue,
    link_base: str,
    limits: Limits = PORTAL_LIMITS,
) -> str:
    """Return *notification* as one BB text, for the portal's bell, which has no buttons."""
    message = render(
        notification,
        reader=reader,
        catalogue=catalogue,
        link_base=link_base,
        command_params=str,
        limits=limits,
    )
    return plain_fallback(message, link_base=link_base, limits=limits).text


def _title(notification: Notification, writer: Writer, limits: Limits) -> Piece:
    """Return the title, or the next best words where it has none: the portal refuses an empty message."""
    candidates = (notification.title, notification.text, notification.kind)
    for words in candidates:
        title = writer.heading(words, limit=limits.title)
        if title.bb:
            return title
    return writer.heading(T("Notification"), limit=limits.title)


def _lines(message: OutgoingMessage, link_base: str) -> Iterator[BB]:
    yield BB(message.text)
    blocks: list[Mapping[str, Any]] = message.attach["BLOCKS"] if isinstance(message.attach, Mapping) else []
    for block in blocks:
        if "MESSAGE" in block:
            yield BB(block["MESSAGE"])
        for field in block.get("GRID", ()):
            yield row(BB(field["NAME"]), BB(field["VALUE"]))
    for button in message.keyboard:
        if "LINK" in button:
            yield link_to(BB(button["TEXT"]), button["LINK"], link_base=link_base)
