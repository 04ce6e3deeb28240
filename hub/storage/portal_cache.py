"""What the portal said about people and structure, kept so that an outage does not stop routing."""

from __future__ import annotations

from datetime import datetime

from pydantic import JsonValue
from sqlalchemy import bindparam, select
from sqlmodel import col

from hub.storage.database import Database
from hub.storage.direct import run
from hub.storage.tables import PortalCacheEntry
from hub.storage.upsert import upsert

_ENTRY = select(col(PortalCacheEntry.value), col(PortalCacheEntry.fetched_at)).where(
    col(PortalCacheEntry.key) == bindparam("wanted")
)


class PortalCache:
    """Answers of the portal by key, with the time they were fetched."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> tuple[JsonValue, datetime] | None:
        """Return the value and when it was fetched, however old."""
        with self._database.read() as session:
            entry = run(session, _ENTRY, {"wanted": key}).first()
            return None if entry is None else (entry.value, entry.fetched_at)

    def put(self, key: str, value: JsonValue) -> None:
        """Keep *value* as fetched now."""
        with self._database.write() as session:
            now = self._database.now(session)
            upsert(session, PortalCacheEntry(key=key, value=value, fetched_at=now))
