"""Bringing the database to the present schema.

Alembic is imported only to change something: an idle hub does not pay for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from hub.plugin import ConfigurationError
from hub.storage.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

_SCRIPTS = Path(__file__).parent / "migrations"


def upgrade(database: Database) -> None:
    """Create the tables, or bring them up to date; running it again does nothing.

    Raises:
        ConfigurationError: a newer version of the hub has changed them.
    """
    if not trouble(database):
        return
    from alembic import command  # noqa: PLC0415

    with database.engine.execution_options(hub_write=True).connect() as connection:
        if newer := _newer(_revision(connection)):
            raise ConfigurationError(f"hub.database_url: {newer}")
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def trouble(database: Database) -> str:
    """Return why this version of the hub cannot work with the tables, and what to do; empty when it can."""
    with database.engine.connect() as connection:
        there = _revision(connection)
    if there == _newest():
        return ""
    return _newer(there) or "the tables are not up to date; run `hub db upgrade`"


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    return config


def _revision(connection: Connection) -> str:
    """Return what the tables are at; empty when there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""


def _newer(there: str) -> str:
    if there <= _newest():
        return ""
    return (
        f"a newer version of the hub has changed the tables (to {there}, this one knows {_newest()}); "
        "run that version, or restore the backup made before it"
    )


def _newest() -> str:
    """Return the last revision: scripts are named by their revision, which are numbered in order."""
    return max(path.name.partition("_")[0] for path in (_SCRIPTS / "versions").glob("[0-9]*.py"))
