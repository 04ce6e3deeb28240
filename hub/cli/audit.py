"""``hub audit``: who clicked and typed what."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.base import Group
from hub.cli.output import json_option, moment, print_json, print_table
from hub.cli.session import Session, pass_session

_STATES = ("new", "running", "done", "refused", "unknown")


@click.group(cls=Group)
def audit() -> None:
    """See what people asked for in chat, and what came of it."""


@audit.command("list")
@click.option("--state", type=click.Choice(_STATES), help="Only those in this state.")
@click.option("--actor", metavar="USER", help="Only those of one person, by portal user id.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most so many.")
@json_option
@pass_session
def list_(session: Session, state: str | None, actor: str | None, limit: int, as_json: bool) -> None:
    """List clicks and commands, the newest first; 'hub trace' tells more of each."""
    from hub.pipeline.audit import action_summary

    who = actor.removeprefix("user:") if actor else None
    with session.hub() as hub:
        found = hub.actions.list(limit=limit, state=state, actor=who)
        zone = hub.settings.hub.timezone
    rows: list[dict[str, Any]] = [action_summary(row) for row in found]
    if as_json:
        print_json(rows)
    else:
        shown = [{**row, "at": moment(row["at"], zone)} for row in rows]
        print_table(shown, ("id", "at", "who", "what", "where", "state", "reason"))
