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
    from hub.pipeline.stored_words import words_of
    from hub.plugin import plain as text_of

    text = text_of(words_of(words))
    return "".join(char for char in " ".join(text.split()) if char.isprintable())
