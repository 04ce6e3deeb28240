"""Rendering: a notification and a reader in, a message of the portal out. Pure, no I/O, never an error.

``render(notification, reader=, catalogue=, link_base=, command_params=, limits=) -> OutgoingMessage``
    ``text`` is the severity's mark and the title in bold: it is also the push and the preview. ``attach``
    is the card with text and table (None without either), ``keyboard`` the actions and "Open".
``plain_fallback(message, link_base=) -> OutgoingMessage``
    the same as text alone, for a portal that refused the card or the buttons.
``one_line(notification, reader=, catalogue=, link_base=) -> OutgoingMessage``
    what stays of a card that was posted anew below.
``reply(notification, reader=, catalogue=, link_base=, limits=) -> OutgoingMessage``
    the words alone, as an answer to a person.
``notice(notification, reader=, catalogue=, link_base=, limits=) -> str``
    the text for the portal's bell.
``is_solved(kind) -> bool``, ``mark_of(severity, solved=) -> str``
    what a kind says, and the mark in front of a title.

What is too long ends in ``…``, and "Open" becomes "Show in full". All BB code is made in ``bbcode``;
everything that is words, wherever they come from, is disarmed by ``neutralise``.
"""

from hub.pipeline.render.limits import PORTAL_LIMITS, Limits
from hub.pipeline.render.look import is_solved, mark_of
from hub.pipeline.render.message import notice, one_line, plain_fallback, render, reply

__all__ = [
    "PORTAL_LIMITS",
    "Limits",
    "is_solved",
    "mark_of",
    "notice",
    "one_line",
    "plain_fallback",
    "render",
    "reply",
]
