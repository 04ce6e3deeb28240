"""Writing a row that may be there already, in one statement: read first, and two processes collide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import Executable
from sqlmodel import Session, SQLModel

from hub.storage.direct import run


def insert_into(session: Session, model: type[SQLModel]) -> postgresql.Insert | sqlite.Insert:
    """Return an ``INSERT`` that takes ``on_conflict_…``, for the session's database."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(model)
    return postgresql.insert(model)


def upsert(session: Session, row: SQLModel) -> None:
    """Insert *row*, or overwrite the one that has its primary key."""
    upsert_all(session, type(row), [row.model_dump()])


def upsert_all(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert *rows*, or overwrite those that have their primary keys; each names every column."""
    if rows:
        run(session, _statement(model, session.get_bind().dialect.name), list(rows))


@cache
def _statement(model: type[SQLModel], dialect: str) -> Executable:
    table = SQLModel.metadata.tables[str(model.__tablename__)]
    statement = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    keys = [column.name for column in inspect(model).primary_key]
    overwrite = {name: statement.excluded[name] for name in model.model_fields if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=overwrite)
