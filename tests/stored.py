"""What a database holds, to search it for what it must not hold."""

from __future__ import annotations

from sqlmodel import SQLModel, select

from hub.storage.database import Database


def rows(database: Database) -> str:
    """Return every row of every table, as text."""
    with database.read() as session:
        tables = SQLModel.metadata.sorted_tables
        return "".join(str(session.connection().execute(select(table)).all()) for table in tables)


def files(database: Database) -> bytes:
    """Return the files of SQLite, where deleted rows may still stand; of a server, its rows."""
    if not database.is_sqlite:
        return rows(database).encode()
    return b"".join(path.read_bytes() for path in database.path.parent.iterdir())
