"""``hub bot``: the chat bot at the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hub.cli.base import Group
from hub.cli.output import json_option, print_fields, print_json, remark
from hub.cli.session import Session, pass_session

if TYPE_CHECKING:
    from hub.bitrix24 import BotIdentity


@click.group(cls=Group)
def bot() -> None:
    """Look after the chat bot; none of this writes a message to anybody."""


@bot.command()
@json_option
@pass_session
def register(session: Session, as_json: bool) -> None:
    """Register the bot, or set it right; the running hub does that by itself too."""
    with session.hub() as hub:
        _print(hub.bot.register(), as_json)


@bot.command()
@json_option
@pass_session
def show(session: Session, as_json: bool) -> None:
    """Show the bot as the portal has it; exits with 1 when it has none."""
    with session.hub() as hub:
        found = hub.bot.find()
        code = hub.settings.bot.code
    if found is None:
        raise click.ClickException(f"the portal has no bot {code!r}; 'hub bot register' makes one")
    _print(found, as_json)


@bot.command()
@click.confirmation_option("--yes", prompt="Remove the bot with all its private chats?", help="Do not ask.")
@json_option
@pass_session
def unregister(session: Session, as_json: bool) -> None:
    """Remove the bot, and with it everybody's private chat with it."""
    with session.hub() as hub:
        removed = hub.bot.unregister()
    if removed is None:
        raise click.ClickException("the portal has no such bot")
    remark("the bot is removed")
    _print(removed, as_json)


def _print(identity: BotIdentity, as_json: bool) -> None:
    values: dict[str, Any] = {
        "id": identity.id,
        "code": identity.code,
        "type": identity.type,
        "changes": list(identity.changes),
    }
    if as_json:
        print_json(values)
    else:
        print_fields(values)
