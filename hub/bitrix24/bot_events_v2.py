"""Reading events of the bot API ``imbot.v2.*``, fetched or posted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.bitrix24.bot_event_fields import MAX_TEXT, flag, node, number, place, text
from hub.bitrix24.bot_event_text import all_params, typed_command, without_mention
from hub.bitrix24.bot_event_types import (
    BotDeleted,
    BotEvent,
    BotJoined,
    CommandGiven,
    Context,
    MessageWritten,
)

PREFIX = "ONIMBOTV2"


def read(kind: str, data: Mapping[str, Any]) -> BotEvent | None:
    """Return the event *kind*, its name without `PREFIX`; None when it is another or lacks what it is about."""
    bot = number(node(data, "bot").get("id"))
    if not bot:
        return None
    if kind == "DELETE":
        return BotDeleted(bot=bot)
    actor = number(node(data, "user").get("id"))
    if not actor:
        return None
    if kind == "JOINCHAT":
        chat = node(data, "chat")
        dialog, _ = place(
            data.get("dialogId") or chat.get("dialogId"), number(chat.get("id")), actor, _privacy(chat)
        )
        return BotJoined(bot=bot, dialog=dialog, actor=actor)
    if kind == "MESSAGEADD":
        return _message(bot, actor, data)
    if kind == "COMMANDADD":
        return _command(bot, actor, data)
    return None


def _message(bot: str, actor: str, data: Mapping[str, Any]) -> BotEvent:
    where = _where(bot, actor, data)
    written = text(node(data, "message").get("text"), MAX_TEXT)
    if not where["is_private"]:
        written = without_mention(written, bot)
    if typed := typed_command(written):
        return CommandGiven(command=typed[0], params=typed[1], context="textarea", **where)
    return MessageWritten(text=written, **where)


def _command(bot: str, actor: str, data: Mapping[str, Any]) -> BotEvent | None:
    given = node(data, "command")
    name = text(given.get("command")).strip().removeprefix("/")
    if not name:
        return None
    params = text(given.get("params"), MAX_TEXT).strip()
    context = read_context(given.get("context"))
    if context == "textarea":
        params = all_params(name, params, text(node(data, "message").get("text"), MAX_TEXT))
    return CommandGiven(command=name, params=params, context=context, **_where(bot, actor, data))


def _where(bot: str, actor: str, data: Mapping[str, Any]) -> dict[str, Any]:
    message, chat = node(data, "message"), node(data, "chat")
    chat_number = number(chat.get("id"), message.get("chatId"))
    dialog, is_private = place(chat.get("dialogId"), chat_number, actor, _privacy(chat))
    return {
        "bot": bot,
        "actor": actor,
        "message": number(message.get("id")),
        "dialog": dialog,
        "is_private": is_private,
        "chat": chat_number,
        "language": text(data.get("language"), 20),
        "actor_is_bot": flag(node(data, "user").get("bot")),
        "reply_to": number(node(message, "params").get("REPLY_ID")),
    }


def _privacy(chat: Mapping[str, Any]) -> bool | None:
    kind = text(chat.get("type"))
    return kind.lower() == "private" if kind else None


def read_context(value: object) -> Context:
    """Return where a command came from; where that is not clear, it was typed and is trusted the least."""
    match text(value).lower():
        case "keyboard":
            return "keyboard"
        case "menu":
            return "menu"
        case _:
            return "textarea"
