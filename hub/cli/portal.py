"""``hub portal``: how the hub is connected to the portal."""

from __future__ import annotations

import click

from hub.cli.base import Group
from hub.cli.output import json_option, print_json, remark
from hub.cli.session import Session, pass_session


@click.group(cls=Group)
def portal() -> None:
    """Look after the connection to the portal."""


@portal.command()
@click.confirmation_option(
    "--yes", prompt="Forget the application's credentials? It has to be installed again.", help="Do not ask."
)
@json_option
@pass_session
def reset(session: Session, as_json: bool) -> None:
    """Forget the application's credentials, so that it can be installed anew.

    What was accepted stays and waits; nothing changes at the portal. A running hub notices by itself.
    """
    with session.hub() as hub:
        forgotten = hub.installation.reset()
        advice = hub.portal_watch.read().advice
    if as_json:
        print_json({"forgotten": forgotten})
    remark("the credentials are forgotten" if forgotten else "there were no credentials")
    if advice:
        remark(advice)
