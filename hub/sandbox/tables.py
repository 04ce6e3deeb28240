"""Rows in memory, written through to a SQLite file when the portal has one."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar


class Stored(Protocol):
    """A pydantic model with an id."""

    @property
    def id(self) -> Any: ...

    def model_dump_json(self) -> str: ...

    @classmethod
    def model_validate_json(cls, json_data: str) -> Self: ...


R = TypeVar("R", bound=Stored)


class Disk:
    """A SQLite file of JSON rows.

    Without fsync on purpose: what was committed survives the death of the process (``kill -9``), not of the machine.
    """

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS row (kind TEXT, id TEXT, body TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID"
        )

    def load(self, kind: str) -> list[str]:
        """Return the JSON of every row of *kind*."""
        return [body for (body,) in self._connection.execute("SELECT body FROM row WHERE kind = ?", (kind,))]

    def save(self, kind: str, key: str, body: str) -> None:
        """Insert or replace one row."""
        self._connection.execute("INSERT OR REPLACE INTO row VALUES (?, ?, ?)", (kind, key, body))

    def delete(self, kind: str, key: str) -> None:
        """Forget one row."""
        self._connection.execute("DELETE FROM row WHERE kind = ? AND id = ?", (kind, key))

    def clear(self) -> None:
        """Forget everything."""
        self._connection.execute("DELETE FROM row")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class Table(Generic[R]):
    """The rows of one kind, by id, in the order they came."""

    def __init__(self, kind: str, model: type[R], disk: Disk | None, *, first_id: int = 1) -> None:
        self._kind = kind
        self._disk = disk
        self._rows: dict[int | str, R] = {}
        self._last_id = first_id - 1
        if disk is not None:
            rows = [model.model_validate_json(body) for body in disk.load(kind)]
            self._rows = {row.id: row for row in sorted(rows, key=lambda row: row.id)}
            self._last_id = max([self._last_id, *map(int, disk.load(f"{kind}.last_id"))])

    def next_id(self) -> int:
        """Return a number no row of this kind has or ever had."""
        self.reserve(self._last_id + 1)
        return self._last_id

    def reserve(self, last_id: int) -> None:
        """Keep the numbers up to *last_id* from being given out."""
        self._last_id = max(self._last_id, last_id)
        if self._disk is not None:
            self._disk.save(f"{self._kind}.last_id", "", str(self._last_id))

    def put(self, row: R) -> R:
        """Insert or replace *row* and return it."""
        self._rows[row.id] = row
        if self._disk is not None:
            self._disk.save(self._kind, str(row.id), row.model_dump_json())
        return row

    def remove(self, key: int | str) -> None:
        """Forget the row *key*, if there."""
        if self._rows.pop(key, None) is not None and self._disk is not None:
            self._disk.delete(self._kind, str(key))

    def get(self, key: int | str) -> R | None:
        """Return the row *key*, or None."""
        return self._rows.get(key)

    def __getitem__(self, key: int | str) -> R:
        return self._rows[key]

    def __contains__(self, key: object) -> bool:
        return key in self._rows

    def __iter__(self) -> Iterator[R]:
        return iter(list(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)
