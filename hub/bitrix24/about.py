"""What a portal says about itself and about whoever calls it; every call here may run twice and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.bitrix24.client import Client
from hub.bitrix24.dialogs import chat_number
from hub.bitrix24.errors import AccessRefused, NotFound, OutcomeUnknown, RecipientRefused
from hub.bitrix24.probe import Dialect


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The person whose webhook or application it is."""

    id: str
    name: str
    is_admin: bool


def caller(client: Client) -> Caller:
    """Return as whom the credentials act."""
    found = client.read("profile").result
    if not isinstance(found, Mapping) or not found.get("ID"):
        raise OutcomeUnknown("profile: an answer without a person", method="profile")
    name = " ".join(str(found.get(part) or "") for part in ("NAME", "LAST_NAME")).strip()
    return Caller(id=str(found["ID"]), name=name, is_admin=found.get("ADMIN") in (True, "Y", "1", 1))


def scopes(client: Client) -> frozenset[str]:
    """Return the scopes that the credentials have."""
    found = client.read("scope").result
    return (
        frozenset(map(str, found))
        if isinstance(found, Sequence) and not isinstance(found, str)
        else frozenset()
    )


def server_time(client: Client) -> datetime:
    """Return what time it is at the portal."""
    try:
        return datetime.fromisoformat(str(client.read("server.time").result))
    except ValueError as exc:
        raise OutcomeUnknown("server.time: an answer without a time", method="server.time") from exc


def subscriptions(client: Client) -> frozenset[tuple[str, str]]:
    """Return event and handler of everything an application is subscribed to.

    Raises:
        AccessRefused: the caller is no application.
    """
    found = client.read("event.get").result
    rows = found if isinstance(found, Sequence) and not isinstance(found, str) else ()
    return frozenset(
        (str(row.get("event", "")).upper(), str(row.get("handler", "")))
        for row in rows
        if isinstance(row, Mapping)
    )


def is_in_chat(client: Client, api: Dialect, bot_id: str, token: str | None, chat: str) -> bool:
    """Say whether the bot is a member of a group chat."""
    dialog = f"chat{chat_number(chat)}"
    try:
        if api == "v2":
            owner = {} if token is None else {"botToken": token}
            client.read("imbot.v2.Chat.get", {"botId": int(bot_id), **owner, "dialogId": dialog})
        else:
            owner = {} if token is None else {"CLIENT_ID": token}
            client.read("imbot.dialog.get", {"BOT_ID": int(bot_id), **owner, "DIALOG_ID": dialog})
    except (AccessRefused, RecipientRefused, NotFound):
        return False
    return True
