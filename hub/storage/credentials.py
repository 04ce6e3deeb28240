"""Credentials: what proves who the hub is at the portal, as whoever encrypted it wants it kept."""

from __future__ import annotations

from sqlalchemy import delete, update
from sqlmodel import col

from hub.storage.database import Database
from hub.storage.statements import add_new
from hub.storage.tables import Credential


class CredentialRows:
    """Rows by name. A row is only replaced by who has seen it, so that nobody overwrites what is newer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> bytes | None:
        """Return what is kept."""
        with self._database.read() as session:
            row = session.get(Credential, name)
            return None if row is None else row.sealed

    def add(self, name: str, sealed: bytes) -> bool:
        """Keep *sealed*; False when something is kept already."""
        with self._database.write() as session:
            now = self._database.now(session)
            return add_new(session, Credential(name=name, sealed=sealed, stored_at=now))

    def replace(self, name: str, seen: bytes, sealed: bytes) -> bool:
        """Keep *sealed* instead of what was *seen*; False when something else, or nothing, is kept by now."""
        with self._database.write() as session:
            replaced = session.execute(
                update(Credential)
                .where(col(Credential.name) == name, col(Credential.sealed) == seen)
                .values(sealed=sealed, stored_at=self._database.now(session))
                .returning(col(Credential.name))
            ).first()
            return replaced is not None

    def forget(self, name: str) -> bool:
        """Keep nothing; False when nothing was kept."""
        with self._database.write() as session:
            gone = session.execute(
                delete(Credential).where(col(Credential.name) == name).returning(col(Credential.name))
            ).first()
            return gone is not None
