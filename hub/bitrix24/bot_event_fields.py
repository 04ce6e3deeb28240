"""Reading single fields of an event, whose every key may be absent and every value damaged.

Fetched events have native types; in posted forms each scalar is a string. Nothing here raises, and
nothing grows: what is too long is cut or counts as absent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hub.bitrix24.dialogs import is_person

#: A portal's messages have at most 20,000 characters and the mark that they were cut.
MAX_TEXT = 20_100
#: Digits of an id; portals count in 64 bits.
_ID = re.compile(r"[0-9]{1,19}")
_DIALOG = re.compile(r"([0-9]{1,19}|(chat|sg|crm)[0-9]{1,19})")
_TRUE = {"1", "y", "true"}


def node(tree: object, *path: str) -> Mapping[str, Any]:
    """Return the map at *path*; an empty one when there is none, which PHP writes as a list."""
    for name in path:
        tree = tree.get(name) if isinstance(tree, Mapping) else None
    return tree if isinstance(tree, Mapping) else {}


def text(value: object, limit: int = 200) -> str:
    """Return a scalar as text of at most *limit* characters."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**19 else ""
    return value[:limit] if isinstance(value, str) else ""


def number(*candidates: object) -> str:
    """Return the first that is an id; zero is none."""
    for value in candidates:
        digits = text(value).strip()
        if _ID.fullmatch(digits) and int(digits):
            return str(int(digits))
    return ""


def dialog(value: object) -> str:
    """Return a dialog id such as ``27`` or ``chat1157``; empty when it is not one."""
    found = text(value).strip().lower()
    return found if _DIALOG.fullmatch(found) else ""


def flag(value: object) -> bool:
    """Return a yes or no in any of the portal's spellings; no when it is neither."""
    return value is True or text(value).lower() in _TRUE


def place(given: object, chat: str, actor: str, is_private: bool | None) -> tuple[str, bool | None]:
    """Return dialog and privacy, each told by the other where only one is known.

    Args:
        chat: number of the chat, if known.
    """
    found = dialog(given)
    if found and is_private is None:
        is_private = is_person(found)
    if not found and is_private is True:
        found = actor
    if not found and is_private is False and chat:
        found = f"chat{chat}"
    return found, is_private
