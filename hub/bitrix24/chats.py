"""Group chats: opening one, and taking people and the bot in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from hub.bitrix24.bot_v1 import owner
from hub.bitrix24.client import Client
from hub.bitrix24.dialogs import chat_number
from hub.bitrix24.errors import AccessRefused, OutcomeUnknown, Refused


class Chats(Protocol):
    """Opens group chats as somebody, who is their owner and the one that takes others in.

    A chat is given by its number or as a dialog: ``1157`` and ``chat1157`` mean the same.
    """

    def create(self, title: str, users: Sequence[str]) -> str:
        """Open a closed chat with *users* and the bot in it, and return its number.

        A repeat opens another chat. Users who do not exist or are dismissed are left out in silence.

        Raises:
            OutcomeUnknown: it may have been opened.
        """

    def add(self, chat: str, users: Sequence[str]) -> None:
        """Take *users* in; those who are in already stay so.

        Raises:
            AccessRefused: whoever opens chats here is not in this one, or may not take people in.
        """

    def join(self, chat: str, bot_id: str) -> None:
        """Take the bot in, as the person whose webhook or application it is.

        Raises:
            AccessRefused: that person is not in the chat, or may not take anybody in.
        """


class ChatsV2:
    """Chats of the bot, by ``imbot.v2.Chat.*``."""

    def __init__(self, client: Client, bot_id: str, *, token: str | None) -> None:
        self._client = client
        self._owner: dict[str, Any] = {"botId": int(bot_id)}
        if token is not None:
            self._owner["botToken"] = token

    def create(self, title: str, users: Sequence[str]) -> str:
        fields = {"title": title, "userIds": _numbers(users)}
        result = self._client.call("imbot.v2.Chat.add", {**self._owner, "fields": fields}).result
        chat = result.get("chat") if isinstance(result, Mapping) else None
        return _chat(chat.get("id") if isinstance(chat, Mapping) else None)

    def add(self, chat: str, users: Sequence[str]) -> None:
        if users:
            dialog = f"chat{chat_number(chat)}"
            params = {**self._owner, "dialogId": dialog, "userIds": _numbers(users)}
            self._client.read("imbot.v2.Chat.User.add", params)

    def join(self, chat: str, bot_id: str) -> None:
        _join(self._client, chat, bot_id)


class ChatsV1:
    """Chats of the bot, by ``imbot.chat.*``."""

    def __init__(self, client: Client, bot_id: str, *, token: str | None) -> None:
        self._client = client
        self._owner = {"BOT_ID": int(bot_id), **owner(token)}

    def create(self, title: str, users: Sequence[str]) -> str:
        params = {**self._owner, "TITLE": title, "USERS": _numbers(users)}
        return _chat(self._client.call("imbot.chat.add", params).result)

    def add(self, chat: str, users: Sequence[str]) -> None:
        _take_in(self._client, "imbot.chat.user", chat, users, self._owner)

    def join(self, chat: str, bot_id: str) -> None:
        _join(self._client, chat, bot_id)


class ChatsAsUser:
    """Chats of the person whose webhook or application it is, by ``im.chat.*``."""

    def __init__(self, client: Client, bot_id: str) -> None:
        self._client = client
        self._bot_id = bot_id

    def create(self, title: str, users: Sequence[str]) -> str:
        params = {"TITLE": title, "USERS": _numbers([*users, self._bot_id])}
        return _chat(self._client.call("im.chat.add", params).result)

    def add(self, chat: str, users: Sequence[str]) -> None:
        _take_in(self._client, "im.chat.user", chat, users, {})

    def join(self, chat: str, bot_id: str) -> None:
        _join(self._client, chat, bot_id)


def _join(client: Client, chat: str, bot_id: str) -> None:
    _take_in(client, "im.chat.user", chat, [bot_id], {})


def _take_in(client: Client, family: str, chat: str, users: Sequence[str], owner: Mapping[str, Any]) -> None:
    """Add *users* by ``{family}.add``, which refuses alike who is in already and what is not allowed."""
    if not users:
        return
    params = {**owner, "CHAT_ID": chat_number(chat)}
    try:
        client.read(f"{family}.add", {**params, "USERS": _numbers(users)})
    except AccessRefused:
        try:
            members = client.read(f"{family}.list", params).result
        except Refused:
            members = None
        if not isinstance(members, list) or not {*_numbers(users)} <= {_number(member) for member in members}:
            raise


def _numbers(users: Sequence[str]) -> list[int]:
    return [int(user) for user in dict.fromkeys(users)]


def _number(value: Any) -> int:
    return int(value) if str(value).isdecimal() else 0


def _chat(value: Any) -> str:
    if isinstance(value, bool) or not _number(value):
        raise OutcomeUnknown("the portal opened a chat and gave no number for it")
    return str(_number(value))
