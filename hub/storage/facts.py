"""Single values the hub remembers about itself: the bot's id, the portal's address."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import JsonValue
from sqlalchemy import select
from sqlmodel import col

from hub.storage.database import Database
from hub.storage.tables import Fact
from hub.storage.upsert import upsert


class Facts:
    """A small dictionary in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> JsonValue:
        """Return the value, or ``None``."""
        with self._database.read() as session:
            fact = session.get(Fact, name)
            return None if fact is None else fact.value

    def get_all(self, names: Collection[str]) -> dict[str, JsonValue]:
        """Return the values of those among *names* that are known."""
        with self._database.read() as session:
            found = session.scalars(select(Fact).where(col(Fact.name).in_(names)))
            return {fact.name: fact.value for fact in found}

    def set(self, name: str, value: JsonValue) -> None:
        """Remember *value*."""
        with self._database.write() as session:
            upsert(session, Fact(name=name, value=value))
