"""``hub init``: the first settings file."""

from __future__ import annotations

import os
import re
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.base import Command
from hub.cli.output import remark
from hub.cli.session import Session, pass_session

if TYPE_CHECKING:
    from pydantic import BaseModel

_FALLBACK = "user:1"
_WHO = "Who gets what nobody else is responsible for"

#: The portal shows a webhook with a method to try behind it: ``…/rest/1/secret/profile.json``.
_SAMPLE_CALL = re.compile(r"(/rest/[0-9]+/[A-Za-z0-9_-]+/)[A-Za-z0-9_.]+/?$")

_TEMPLATE = """\
# Settings of the hub. Every key can also be set by environment, which wins:
# HUB_BITRIX24__WEBHOOK_URL, HUB_PLUGINS__ALERTMANAGER__TOKEN and so on.
# 'hub config check' says what is wrong, 'hub config show' what is in force.

[hub]
# public_url = "https://hub.example.org"   # how senders reach the hub
# database_url = "sqlite:///hub.db"        # or postgresql://
# language = "en"                          # or ru
# timezone = "Europe/Moscow"
# admins = ["{fallback}"]

[bitrix24]
# Incoming webhook with the scopes imbot, im, user, department.
webhook_url = {webhook_url}
# Or a local application, which also hears of events; then no webhook_url, and no token below:
# portal = "company.bitrix24.com"
# client_id = "local...."
# client_secret = "..."

[bot]
# The bot's own secret. Losing it loses the bot's code.
token = "{token}"
name = "Notifications"
# Who gets what nobody else is responsible for.
fallback = "{fallback}"

# Who gets what; the first match wins. Without a match the plugin's own recipients get it.
# [[routes]]
# match = {{ instance = "alertmanager", severity = ["critical"] }}
# to = ["user:1", "chat:1157"]

# Plugins: 'hub plugins list' shows those installed, 'hub plugins show NAME' their settings.
# [plugins.alertmanager]
# token = "..."
"""


@click.command(cls=Command)
@click.option(
    "--webhook-url", metavar="URL", help="Incoming webhook of the portal; it asks when you leave it out."
)
@click.option("--fallback", metavar="ADDRESS", help=f"{_WHO}, e.g. user:1.")
@pass_session
def init(session: Session, webhook_url: str | None, fallback: str | None) -> None:
    """Write hub.toml, with a bot token, and print a key for HUB_SECRET_KEY."""
    import json

    from cryptography.fernet import Fernet

    path = session.config or Path(os.environ.get("HUB_CONFIG") or "hub.toml")
    if path.exists():
        raise click.ClickException(f"{path} is there already; it is not overwritten")
    if webhook_url is None:
        webhook_url = _ask("Incoming webhook of your portal", _webhook_url)
        if fallback is None:
            fallback = _ask(_WHO, _fallback, default=_FALLBACK)
    text = _TEMPLATE.format(
        webhook_url=json.dumps(_webhook_url(webhook_url)),
        fallback=_fallback(fallback or _FALLBACK),
        token=secrets.token_hex(16),
    )
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise click.ClickException(f"{path} is there already; it is not overwritten") from None
    except OSError as exc:
        raise click.ClickException(f"{path} cannot be written: {exc.strerror}") from exc
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    remark(f"{path} is written; it holds secrets and only you can read it.")
    remark(
        "Some plugins keep data encrypted. They need this key in the environment, kept apart from the database:"
    )
    click.echo(f"HUB_SECRET_KEY={Fernet.generate_key().decode()}")
    remark("Next: hub config check, then hub serve.")


def _ask(question: str, check: Callable[[str], str], *, default: str | None = None) -> str:
    """Ask on the terminal or read the answer from a pipe; where nobody answers, say what to write instead."""
    nobody = click.UsageError("nobody is there to answer; give --webhook-url URL and --fallback ADDRESS")
    if sys.stdin is None:
        raise nobody
    try:
        answer: str = click.prompt(question, default=default, value_proc=check)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        click.echo(err=True)
        raise nobody from None
    return answer


def _webhook_url(value: str) -> str:
    from hub.settings import Bitrix24Table

    return _checked(Bitrix24Table, "webhook_url", _SAMPLE_CALL.sub(r"\1", value.strip()))


def _fallback(value: str) -> str:
    from hub.settings import BotTable

    return _checked(BotTable, "fallback", value)


def _checked(table: type[BaseModel], key: str, value: str) -> str:
    """Refuse a value that the hub would refuse; a prompt then asks again."""
    from hub.plugin import ConfigurationError
    from hub.settings import validate

    try:
        validate(table, {key: value})
    except ConfigurationError as exc:
        raise click.UsageError(exc.problems[0]) from None
    return value
