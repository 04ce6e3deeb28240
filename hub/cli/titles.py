"""Titles of notifications as the command line shows them: one plain line, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hub.storage.database import Database


def titles(database: Database, notifications: Iterable[str]) -> dict[str, str]:
    """Return the titles of notifications by their ids."""
    from sqlmodel import col, select

    from hub.storage.tables import NotificationRow

    query = select(NotificationRow).where(col(NotificationRow.id).in_(set(notifications)))
    with database.read() as session:
        return {row.id: plain(row.content.get("title", "")) for row in session.exec(query)}


def plain(words: Any) -> str:
    """Return a title as stored, plain text or a message id with its values; without control characters."""
    return "".join(char for char in " ".join(_text(words).split()) if char.isprintable())


def _text(words: Any) -> str:
    if not isinstance(words, dict):
        return str(words)
    values = words.get("values", {})
    template = words.get("plural") if values.get("n") != 1 else None
    text = str(template or words.get("id", ""))
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", _text(value))
    return text
