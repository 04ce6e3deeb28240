"""Dialog ids: who or what a message is sent to."""

from __future__ import annotations

import re

_DIALOG = re.compile(r"(\d+|chat\d+|sg\d+)", re.ASCII)
_PERSON = re.compile(r"(?:u|user)(\d+)", re.ASCII | re.IGNORECASE)
_CHAT = re.compile(r"(?:chat)?(\d+)", re.ASCII | re.IGNORECASE)


def normalise(dialog: str | int) -> str:
    """Return *dialog* as the portal takes it: ``"27"`` for a person, ``"chat1157"`` for a chat.

    The forms ``u27``, ``user27`` and ``27`` are accepted for a person.

    Raises:
        ValueError: anything else.
    """
    text = str(dialog).strip()
    if person := _PERSON.fullmatch(text):
        return person[1]
    if _DIALOG.fullmatch(text.lower()):
        return text.lower()
    raise ValueError(f"{text!r} is not a dialog, use a user id such as '27' or a chat such as 'chat1157'")


def is_person(dialog: str) -> bool:
    """Say whether a normalised dialog is the private one with a person."""
    return dialog.isdigit()


def chat_number(chat: str | int) -> int:
    """Return the number of a group chat, given as ``1157`` or ``chat1157``.

    Raises:
        ValueError: anything else.
    """
    match = _CHAT.fullmatch(str(chat).strip())
    if match is None:
        raise ValueError(f"{chat!r} is not a group chat, use its number, such as '1157' or 'chat1157'")
    return int(match[1])
