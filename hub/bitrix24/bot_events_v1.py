"""Reading posted events of the bot API ``imbot.*``; one may be for several bots or commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from hub.bitrix24.bot_event_fields import MAX_TEXT, flag, node, number, place, text
from hub.bitrix24.bot_event_text import all_params, typed_command, without_mention
from hub.bitrix24.bot_event_types import BotDeleted, BotEvent, BotJoined, CommandGiven, MessageWritten
from hub.bitrix24.bot_events_v2 import read_context

#: Bots or commands that one event is read for; an application has at most five bots.
_MOST = 50


def read(name: str, data: Mapping[str, Any]) -> tuple[BotEvent, ...]:
    """Return the events that *name* stands for; none when it is another or lacks what it is about."""
    match name:
        case "ONIMBOTMESSAGEADD":
            found = (_message(bot, data) for bot, _ in _entries(data, "BOT"))
        case "ONIMCOMMANDADD":
            found = (_command(bot, entry, data) for bot, entry in _entries(data, "COMMAND"))
        case "ONIMBOTJOINCHAT":
            found = (_joined(bot, data) for bot, _ in _entries(data, "BOT"))
        case "ONIMBOTDELETE":
            bot = number(data.get("BOT_ID"))
            return (BotDeleted(bot=bot),) if bot else ()
        case _:
            return ()
    return tuple(event for event in found if event is not None)


def _entries(data: Mapping[str, Any], name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the bot and the entry for each of ``data[BOT]`` or ``data[COMMAND]``."""
    for key, entry in islice(node(data, name).items(), _MOST):
        # the keys of COMMAND are numbers of commands
        bot = number(node(entry).get("BOT_ID"), key if name == "BOT" else None)
        if bot:
            yield bot, node(entry)


def _message(bot: str, data: Mapping[str, Any]) -> BotEvent | None:
    where = _where(bot, data)
    if where is None:
        return None
    params = node(data, "PARAMS")
    written = text(params.get("MESSAGE") or params.get("MESSAGE_ORIGINAL"), MAX_TEXT)
    if not where["is_private"]:
        written = without_mention(written, bot)
    if typed := typed_command(written):
        return CommandGiven(command=typed[0], params=typed[1], context="textarea", **where)
    return MessageWritten(text=written, **where)


def _command(bot: str, entry: Mapping[str, Any], data: Mapping[str, Any]) -> BotEvent | None:
    where = _where(bot, data)
    name = text(entry.get("COMMAND")).strip().removeprefix("/")
    if where is None or not name:
        return None
    outer = node(data, "PARAMS")
    params = text(entry.get("COMMAND_PARAMS"), MAX_TEXT).strip()
    context = read_context(entry.get("COMMAND_CONTEXT") or outer.get("COMMAND_CONTEXT"))
    if context == "textarea":
        params = all_params(name, params, text(outer.get("MESSAGE"), MAX_TEXT))
    where["message"] = number(entry.get("MESSAGE_ID"), where["message"])
    return CommandGiven(command=name, params=params, context=context, **where)


def _joined(bot: str, data: Mapping[str, Any]) -> BotEvent | None:
    params = node(data, "PARAMS")
    # in private dialogs FROM_USER_ID is the bot
    actor = number(node(data, "USER").get("ID"), params.get("USER_ID"))
    if not actor:
        return None
    dialog, _ = place(params.get("DIALOG_ID"), number(params.get("CHAT_ID")), actor, _privacy(params))
    return BotJoined(bot=bot, dialog=dialog, actor=actor)


def _where(bot: str, data: Mapping[str, Any]) -> dict[str, Any] | None:
    params, user = node(data, "PARAMS"), node(data, "USER")
    actor = number(user.get("ID"), params.get("FROM_USER_ID"))
    if not actor:
        return None
    chat = number(params.get("CHAT_ID"), params.get("TO_CHAT_ID"))
    dialog, is_private = place(params.get("DIALOG_ID"), chat, actor, _privacy(params))
    return {
        "bot": bot,
        "actor": actor,
        "message": number(params.get("MESSAGE_ID")),
        "dialog": dialog,
        "is_private": is_private,
        "chat": chat,
        "language": text(params.get("LANGUAGE"), 20),
        "actor_is_bot": flag(user.get("IS_BOT")),
        "reply_to": number(params.get("REPLY_ID"), node(params, "PARAMS").get("REPLY_ID")),
    }


def _privacy(params: Mapping[str, Any]) -> bool | None:
    kind = text(params.get("MESSAGE_TYPE") or params.get("CHAT_TYPE"))
    return kind.upper() == "P" if kind else None
