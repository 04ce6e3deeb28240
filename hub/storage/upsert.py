"""Writing a row that may be there already, in one statement: read first, and two processes collide."""

from __future__ import annotations

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def insert_into(session: Session, model: type[SQLModel]) -> postgresql.Insert | sqlite.Insert:
    """Return an ``INSERT`` that takes ``on_conflict_…``, for the session's database."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(model)
    return postgresql.insert(model)


def upsert(session: Session, row: SQLModel) -> None:
    """Insert *row*, or overwrite the one that has its primary key."""
    keys = [column.name for column in inspect(type(row)).primary_key]
    statement = insert_into(session, type(row)).values(**row.model_dump())
    overwrite = {name: statement.excluded[name] for name in type(row).model_fields if name not in keys}
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=overwrite))
