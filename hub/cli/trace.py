"""``hub trace``: what became of an event, and why."""

from __future__ import annotations

import click

from hub.cli.base import Command
from hub.cli.output import json_option, print_json, visible
from hub.cli.session import Session, pass_session
from hub.cli.story import story


@click.command(cls=Command)
@click.argument("id")
@json_option
@pass_session
def trace(session: Session, id: str, as_json: bool) -> None:
    """Tell what became of an event.

    ID may be the event (e...), a notification (n...), a delivery (d...) or an action (a...).
    """
    with session.hub() as hub:
        found = hub.trace.of(id)
        zone = hub.settings.hub.timezone
    if found is None:
        raise click.ClickException(f"there is no event, notification, delivery or action {id!r}")
    if as_json:
        print_json(found)
    else:
        for line in story(found, zone):
            click.echo(visible(line.replace("\n", " ")))
