"""The migrations make what the models say, on every database."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

from hub.plugin import ConfigurationError
from hub.storage import migrate
from hub.storage.database import Database


@pytest.fixture
def database(empty_database: Database) -> Database:
    migrate.upgrade(empty_database)
    return empty_database


def test_migrated_tables_equal_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, SQLModel.metadata)

    assert differences == []


def test_migrated_indexes_cover_the_rows_the_models_say(database: Database) -> None:
    """Alembic does not compare the conditions of partial indexes."""
    migrated = _indexes(database)
    with database.write() as session:
        SQLModel.metadata.drop_all(session.connection())
        SQLModel.metadata.create_all(session.connection())

    assert migrated == _indexes(database)


def test_tables_that_do_not_exist_are_to_be_made(empty_database: Database) -> None:
    assert "run `hub db upgrade`" in migrate.trouble(empty_database)


def test_migrating_again_changes_nothing(database: Database) -> None:
    before = _indexes(database)

    migrate.upgrade(database)

    assert migrate.trouble(database) == ""
    assert _indexes(database) == before


def test_the_tables_are_at_the_last_script_as_alembic_counts(database: Database) -> None:
    with database.engine.connect() as connection:
        there = MigrationContext.configure(connection).get_current_revision()

    assert there == ScriptDirectory(str(Path(migrate.__file__).parent / "migrations")).get_current_head()


def test_tables_of_a_newer_version_are_left_alone_and_the_reason_is_told(database: Database) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(ConfigurationError, match="a newer version of the hub has changed the tables"):
        migrate.upgrade(database)

    assert migrate.trouble(database).startswith("a newer version of the hub has changed the tables")


def _indexes(database: Database) -> dict[str, dict[str | None, str]]:
    inspector = inspect(database.engine)
    return {
        table: {index["name"]: _readable(index) for index in inspector.get_indexes(table)}
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def _readable(index: Mapping[str, Any]) -> str:
    options = {name: str(value) for name, value in index.get("dialect_options", {}).items()}
    return f"{index['column_names']} {index['unique']} {options}"
