"""Preferences: what the readers of dialogs have chosen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import col

from hub.plugin import Clock
from hub.storage.chat_tables import Preference
from hub.storage.database import Database
from hub.storage.upsert import upsert

#: How long another process may go on as before.
_BELIEVED = timedelta(seconds=3)


class Preferences:
    """Asked for every message, so all of them are read together and believed for a moment."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: tuple[datetime, Mapping[str, str]] | None = None

    def language(self, dialog: str) -> str:
        """Return the language chosen in a dialog, or nothing."""
        now, known = self._clock.now(), self._known
        if known is None or abs(now - known[0]) >= _BELIEVED:
            self._known = known = now, self._languages()
        return known[1].get(dialog, "")

    def choose_language(self, dialog: str, language: str) -> None:
        """Keep the language chosen in a dialog."""
        with self._database.write() as session:
            upsert(session, Preference(dialog=dialog, language=language))
        self.forget()

    def forget(self) -> None:
        """Believe nothing any more."""
        self._known = None

    def _languages(self) -> Mapping[str, str]:
        query = select(col(Preference.dialog), col(Preference.language)).where(col(Preference.language) != "")
        with self._database.read() as session:
            return {dialog: language for dialog, language in session.execute(query)}  # noqa: C416
