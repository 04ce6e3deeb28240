"""Group chats that the settings name: which of the portal's they are, once they are opened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, update
from sqlmodel import Session, col, select

from hub.storage.chat_tables import NamedChat
from hub.storage.columns import storable
from hub.storage.database import Database
from hub.storage.statements import add_new


class NamedChatRows:
    """One row for each name; the row itself is the lease of whoever opens the chat."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> NamedChat | None:
        """Return what is known of a chat."""
        with self._database.read() as session:
            return session.get(NamedChat, name)

    def all(self) -> Sequence[NamedChat]:
        """Return all that are known, by name."""
        with self._database.read() as session:
            return session.scalars(select(NamedChat).order_by(col(NamedChat.name))).all()

    def begin(self, name: str) -> bool:
        """Say that the chat is being opened from now on; False when somebody has said so before."""
        with self._database.write() as session:
            return add_new(session, NamedChat(name=name, created_at=self._database.now(session)))

    def give_up(self, name: str, patience: timedelta, reason: str) -> bool:
        """Say that nobody knows what became of an opening which is older than *patience*; False when it is not."""
        with self._database.write() as session:
            before = self._database.now(session) - patience
            return _change(session, name, unknown_since=before, reason=storable(reason))

    def doubt(self, name: str, reason: str) -> None:
        """Say that nobody knows whether the chat was opened."""
        with self._database.write() as session:
            _change(session, name, reason=storable(reason))

    def settle(self, name: str, chat: str, members: Sequence[str]) -> None:
        """Remember the chat's number, and whom the hub has taken in."""
        with self._database.write() as session:
            now = self._database.now(session)
            add_new(session, NamedChat(name=name, created_at=now))
            _change(session, name, chat=chat, members=list(members), reason="")

    def forget(self, name: str, *, unless_open: bool = False) -> bool:
        """Forget the chat, so that its next use opens another one; False when nothing was known of it."""
        query = delete(NamedChat).where(col(NamedChat.name) == name)
        if unless_open:
            query = query.where(col(NamedChat.chat) == "")
        with self._database.write() as session:
            result = session.execute(query)
            assert isinstance(result, CursorResult)
            return result.rowcount > 0


def _change(session: Session, name: str, *, unknown_since: datetime | None = None, **values: object) -> bool:
    query = update(NamedChat).where(col(NamedChat.name) == name)
    if unknown_since is not None:
        query = query.where(col(NamedChat.chat) == "", col(NamedChat.created_at) < unknown_since)
    return session.execute(query.values(values).returning(col(NamedChat.name))).first() is not None
