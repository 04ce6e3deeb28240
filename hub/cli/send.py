"""``hub send``: a message written by hand."""

from __future__ import annotations

import uuid
from typing import Any

import click

from hub.cli.base import Command
from hub.cli.output import json_option, print_json, remark
from hub.cli.session import Session, pass_session


@click.command(cls=Command)
@click.argument("text")
@click.option(
    "--to", multiple=True, required=True, metavar="ADDRESS", help="Who gets it, e.g. user:17; repeatable."
)
@click.option("--title", default="", help="Shown in bold above the text; without it the text is.")
@json_option
@pass_session
def send(session: Session, text: str, to: tuple[str, ...], title: str, as_json: bool) -> None:
    """Send TEXT to people and chats.

    The message goes through the inbox, routes and all; the running hub sends it.
    """
    with session.hub() as hub:
        for address in to:
            scheme, colon, rest = address.partition(":")
            if not (colon and rest and hub.registry.resolver(scheme)):
                raise click.BadParameter(
                    f"{address!r} is no address that a plugin resolves; write for example user:17",
                    param_hint="--to",
                )
        if not text.strip():
            raise click.BadParameter("is empty", param_hint="TEXT")
        message: dict[str, Any] = {"to": list(to), "title": title, "text": text}
        id = hub.schedule.fire_now("send", "message", uuid.uuid4().hex, message)
    if as_json:
        print_json({"id": id})
    else:
        click.echo(id)
        remark(f"the running hub sends it; 'hub trace {id}' tells")
