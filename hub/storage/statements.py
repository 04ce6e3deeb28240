"""Statements that run for every event: built once for each table and sent past the ORM."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import bindparam, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.base import Executable
from sqlmodel import Session, SQLModel

from hub.storage.counting import count
from hub.storage.direct import run


def add(session: Session, row: SQLModel) -> None:
    """Insert *row* and count it. The session does not know it: what is changed in the object later is not written."""
    run(session, _insert(type(row)), row.model_dump())
    count(session, str(row.__tablename__), inserted=1)


def add_new(session: Session, row: SQLModel) -> bool:
    """Insert *row* and count it, as :func:`add` does; False when one with a key of its own is there already."""
    statement = _insert_new(type(row), session.get_bind().dialect.name)
    inserted = run(session, statement, row.model_dump()).first() is not None
    if inserted:
        count(session, str(row.__tablename__), inserted=1)
    return inserted


def change(
    session: Session, model: type[SQLModel], where: Mapping[str, object], values: Mapping[str, object]
) -> bool:
    """Change the row that has the values *where*; False when there is none."""
    statement = _update(model, tuple(where), tuple(values))
    parameters = {f"old_{name}": value for name, value in where.items()}
    parameters |= {f"new_{name}": value for name, value in values.items()}
    return run(session, statement, parameters).first() is not None


@cache
def _insert(model: type[SQLModel]) -> Executable:
    return insert(_table(model))


@cache
def _insert_new(model: type[SQLModel], dialect: str) -> Executable:
    table = _table(model)
    statement = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    return statement.on_conflict_do_nothing().returning(*table.primary_key)


@cache
def _update(model: type[SQLModel], where: tuple[str, ...], values: tuple[str, ...]) -> Executable:
    table = _table(model)
    return (
        update(table)
        .where(*(table.c[name] == bindparam(f"old_{name}", type_=table.c[name].type) for name in where))
        .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in values})
        .returning(*table.primary_key)
    )


def _table(model: type[SQLModel]) -> Any:
    return SQLModel.metadata.tables[str(model.__tablename__)]
