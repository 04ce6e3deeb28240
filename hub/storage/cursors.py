"""Cursors: how far each portal source has caught up with the portal."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from hub.storage.database import Database
from hub.storage.statements import add_new, change
from hub.storage.tables import Cursor


class Cursors:
    """Moved from where they were seen: who comes second finds that somebody was quicker."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, instance: str, source: str) -> str | None:
        """Return where a source is; ``None`` = it has never caught up."""
        with self._database.read() as session:
            found = session.get(Cursor, (instance, source))
            return None if found is None else found.cursor

    def move(
        self, session: Session, instance: str, source: str, *, seen: str | None, to: str, now: datetime
    ) -> bool:
        """Move a cursor that is still where it was *seen*; False when it is not, and then nothing is changed."""
        if seen is not None:
            where = {"instance": instance, "source": source, "cursor": seen}
            return change(session, Cursor, where, {"cursor": to, "moved_at": now})
        return add_new(session, Cursor(instance=instance, source=source, cursor=to, moved_at=now))
