"""``hub chat``: group chats at the portal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hub.cli.base import Group
from hub.cli.output import json_option, print_fields, print_json, print_table, remark
from hub.cli.session import Session, pass_session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hub.app import Hub

_users = click.option(
    "--user", "users", multiple=True, metavar="ADDRESS", help="Who is in it, e.g. user:17; repeatable."
)
_departments = click.option(
    "--department", "departments", multiple=True, metavar="N", help="Everybody of a department; repeatable."
)


@click.group(cls=Group)
def chat() -> None:
    """Open group chats and take people in; those of the settings are opened on first use by themselves."""


@chat.command()
@click.option("--title", required=True, help="Its title.")
@_users
@_departments
@json_option
@pass_session
def create(
    session: Session, title: str, users: tuple[str, ...], departments: tuple[str, ...], as_json: bool
) -> None:
    """Open a group chat with the bot in it, and print its number and address."""
    from hub.bitrix24.errors import OutcomeUnknown

    with session.hub() as hub:
        people = _people(
            hub, [*users, *(f"department:{each.removeprefix('department:')}" for each in departments)]
        )
        try:
            number = hub.bot.chats().create(title, people)
        except OutcomeUnknown as exc:
            raise click.ClickException(
                f"the chat may have been opened or not; look for {title!r} in the portal before you try again: {exc}"
            ) from exc
    told: dict[str, Any] = {"chat": number, "address": f"chat:{number}", "users": people}
    if as_json:
        print_json(told)
    else:
        print_fields(told)


@chat.command("add-user")
@click.argument("chat")
@_users
@_departments
@json_option
@pass_session
def add_user(
    session: Session, chat: str, users: tuple[str, ...], departments: tuple[str, ...], as_json: bool
) -> None:
    """Take people into CHAT: a number, an address such as chat:1157, or a name of the settings."""
    with session.hub() as hub:
        number = _number(hub, chat)
        people = _people(
            hub, [*users, *(f"department:{each.removeprefix('department:')}" for each in departments)]
        )
        hub.bot.chats().add(number, people)
    told: dict[str, Any] = {"chat": number, "address": f"chat:{number}", "users": people}
    if as_json:
        print_json(told)
    else:
        remark(f"users {', '.join(people)} are in chat {number}")


@chat.command("list")
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """List the chats that the settings name, or once named, with their numbers."""
    with session.hub() as hub:
        known = {row.name: row for row in hub.named_chat_rows.all()}
        rows: list[dict[str, Any]] = [
            {
                "name": name,
                "title": wanted.title if (wanted := hub.settings.chats.get(name)) else "",
                "chat": known[name].chat if name in known else "",
                "state": _state(known[name].chat, known[name].reason) if name in known else "not opened yet",
                "reason": known[name].reason if name in known else "",
            }
            for name in sorted({*hub.settings.chats, *known})
        ]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ("name", "title", "chat", "state", "reason"))


@chat.command()
@click.argument("name")
@click.argument("chat")
@json_option
@pass_session
def adopt(session: Session, name: str, chat: str, as_json: bool) -> None:
    """Use a chat that the portal has already, CHAT, as the one that the settings call NAME."""
    with session.hub() as hub:
        if name not in hub.settings.chats:
            raise click.ClickException(f"the settings name no chat {name!r}; write a table [chats.{name}]")
        number = _number(hub, chat)
        hub.named_chat_rows.settle(name, number, ())
    if as_json:
        print_json({"name": name, "chat": number})
    else:
        remark(f"chat:{name} is chat {number} from now on")


@chat.command()
@click.argument("name")
@json_option
@pass_session
def forget(session: Session, name: str, as_json: bool) -> None:
    """Forget which chat NAME is; its next use opens another one. The old one stays at the portal."""
    with session.hub() as hub:
        known = hub.named_chat_rows.forget(name)
    if not known:
        raise click.ClickException(f"nothing is known of a chat {name!r}; 'hub chat list' shows all")
    if as_json:
        print_json({"name": name})
    else:
        remark(f"chat:{name} is opened anew when something is sent there")


def _people(hub: Hub, addresses: Sequence[str]) -> list[str]:
    """Return the user ids behind *addresses*; all of them must lead to somebody."""
    from hub.plugin import Notification, RetryLater

    if not addresses:
        raise click.UsageError("name somebody with --user or --department")
    if chats := [address for address in addresses if address.startswith("chat:")]:
        raise click.UsageError(f"{chats[0]!r} is a chat, and a chat cannot be a member of a chat")
    try:
        found = hub.resolve.resolve(addresses, Notification(key="chat", title=""))
    except RetryLater as exc:
        raise click.ClickException(f"the portal does not say who that is: {exc}") from exc
    if found.problems:
        raise click.ClickException("; ".join(found.problems))
    return [recipient.id for recipient in found.recipients if recipient.kind == "user"]


def _number(hub: Hub, chat: str) -> str:
    name = chat.removeprefix("chat:").removeprefix("chat")
    if name.isascii() and name.isdigit():
        return name
    row = hub.named_chat_rows.get(chat.removeprefix("chat:"))
    if row is None or not row.chat:
        raise click.ClickException(f"there is no chat {chat!r}; write its number, or see 'hub chat list'")
    return row.chat


def _state(chat: str, reason: str) -> str:
    if chat:
        return "open"
    return "in doubt" if reason else "being opened"
