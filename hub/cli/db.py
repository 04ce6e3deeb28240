"""``hub db``: the tables."""

from __future__ import annotations

import click

from hub.cli.base import Group
from hub.cli.session import Session, pass_session


@click.group(cls=Group)
def db() -> None:
    """Look after the database."""


@db.command()
@pass_session
def upgrade(session: Session) -> None:
    """Create the tables, or bring them up to date.

    An SQLite database gets that from every command; PostgreSQL only from this one, run once per release.
    """
    from hub.storage import migrate

    with session.hub() as hub:
        migrate.upgrade(hub.database)
    click.echo("The tables are up to date.")
