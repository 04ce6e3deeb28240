"""The bodies of event POSTs, as nested data for `php.build_query`."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from hub.sandbox.model import Bot, BotCommand, Chat, Json, Message, Person
from hub.sandbox.portal import Portal
from hub.sandbox.portal_events import application_auth, portal_auth
from hub.sandbox.views import dialog_id

#: Taken out of messages to groups; a comma with a space before it stays.
_MENTION = re.compile(r"\[user=\d+\].+?\[/user\],?", re.IGNORECASE)
_V1_NAMES = {
    "MESSAGEADD": "ONIMBOTMESSAGEADD",
    "COMMANDADD": "ONIMCOMMANDADD",
    "JOINCHAT": "ONIMBOTJOINCHAT",
}


@dataclass(frozen=True, kw_only=True)
class BotEvent:
    """Something a bot is to hear of."""

    bot: Bot
    kind: Literal["MESSAGEADD", "COMMANDADD", "JOINCHAT"]
    chat: Chat
    user: Person
    data: Json  # what version 2 carries besides bot, chat, user and language
    message: Message | None = None
    command: BotCommand | None = None


def v2(portal: Portal, bot: Bot, kind: str, event: Json) -> Json:
    """The body of an `ONIMBOTV2…` event; the verification token is the stored owner, cut to 50 characters."""
    auth = _auth(portal, bot)
    shown = {"id": bot.id, "code": bot.code, "auth": auth}
    return {
        "event": f"ONIMBOTV2{kind}",
        "event_handler_id": 500 + bot.id,
        "data": {**event, "bot": shown},
        "ts": int(portal.clock.timestamp()),
        "auth": auth,
    }


def v1(portal: Portal, event: BotEvent) -> tuple[str, Json]:
    """Return handler URL and body of a version 1 event."""
    bot, message, command = event.bot, event.message, event.command
    auth = _auth(portal, bot)
    params = _params_v1(portal, event)
    owner: Json = {**auth, "AUTH": auth, "BOT_ID": bot.id, "BOT_CODE": bot.code}
    name = _V1_NAMES[event.kind]
    if command is not None and message is not None:
        given = event.data["command"]
        context = given["context"].upper()
        params |= {"MESSAGE": f"{given['command']} {given['params']}".strip(), "COMMAND_CONTEXT": context}
        if context == "TEXTAREA":
            params["MESSAGE"] = message.text
        elif event.chat.kind == "private":
            del params["TO_CHAT_ID"]
        owner |= {
            "COMMAND": command.command,
            "COMMAND_ID": command.id,
            "COMMAND_PARAMS": given["params"],
            "COMMAND_CONTEXT": context,
            "MESSAGE_ID": message.id,
        }
        url = command.handler
        data = {"COMMAND": {str(command.id): owner}, "PARAMS": params, "USER": _user_v1(event.user)}
    else:
        url = bot.handlers.get(name, "")
        data = {"BOT": {str(bot.id): owner}, "PARAMS": params, "USER": _user_v1(event.user)}
        if event.kind == "MESSAGEADD":
            data["USER"] |= {
                "IS_BOT": "N",
                "IS_CONNECTOR": "N",
                "IS_NETWORK": "N",
                "IS_EXTRANET": "Y" if event.user.extranet else "N",
            }
    return url, _body_v1(portal, bot, name, data)


def v1_deleted(portal: Portal, bot: Bot) -> Json:
    """The body of `ONIMBOTDELETE`."""
    return _body_v1(portal, bot, "ONIMBOTDELETE", {"BOT_ID": bot.id, "BOT_CODE": bot.code})


def sparse_v1(form: Json) -> Json:
    """Return a version 1 body with only what no handler could do without."""
    data = form["data"]
    wanted = {"MESSAGE", "MESSAGE_ID", "FROM_USER_ID", "USER_ID", "TO_CHAT_ID", "MESSAGE_TYPE"}
    params = {name: value for name, value in data["PARAMS"].items() if name in wanted}
    return {**form, "data": {**data, "PARAMS": params, "USER": []}}


def sparse_v2(data: Json) -> Json:
    """Return the data of a version 2 event with only what no handler could do without."""
    kept = {name: value for name, value in data.items() if name not in ("language", "dialogId")}
    chat = {name: kept["chat"][name] for name in ("id", "dialogId")} if kept["chat"] else []
    return {**kept, "chat": chat, "user": {"id": data["user"]["id"]}}


def _params_v1(portal: Portal, event: BotEvent) -> Json:
    bot, chat, user, message = event.bot, event.chat, event.user, event.message
    group = chat.kind == "chat"
    params: Json = {
        "DIALOG_ID": dialog_id(chat, bot.id) if group else str(user.id),
        "MESSAGE_TYPE": "C" if group else "P",
        "CHAT_TYPE": "C" if group else "P",
        "LANGUAGE": portal.options.language,
    }
    if group:
        params |= {"CHAT_ID": chat.id, "CHAT_AUTHOR_ID": chat.owner, "CHAT_ENTITY_TYPE": chat.entity_type}
    if event.kind == "JOINCHAT":
        people = {} if group else {"FROM_USER_ID": bot.id, "TO_USER_ID": user.id}
        return params | {"BOT_ID": bot.id, "USER_ID": user.id, **people}
    params |= {"FROM_USER_ID": user.id, "AUTHOR_ID": user.id, "TO_CHAT_ID": chat.id}
    if not group:
        params["TO_USER_ID"] = bot.id
    if message is not None:
        params |= {"MESSAGE": message.text, "MESSAGE_ID": message.id, "TEMPLATE_ID": message.uuid}
        params |= {"REPLY_ID": message.reply_id}
        if group and event.kind == "MESSAGEADD":
            params |= {"MESSAGE": _MENTION.sub("", message.text).strip(), "MESSAGE_ORIGINAL": message.text}
    return params


def _body_v1(portal: Portal, bot: Bot, name: str, data: Json) -> Json:
    return {
        "event": name,
        "event_handler_id": 400 + bot.id,
        "data": data,
        "ts": int(portal.clock.timestamp()),
        "auth": _auth(portal, bot),
    }


def _user_v1(user: Person) -> Json:
    return {
        "ID": user.id,
        "NAME": user.name,
        "FIRST_NAME": user.first_name,
        "LAST_NAME": user.last_name,
        "WORK_POSITION": user.position,
        "GENDER": user.gender,
    }


def _auth(portal: Portal, bot: Bot) -> dict[str, Any]:
    """Return where an event comes from; what a webhook's bot is known by there is its owner, cut to 50 characters."""
    application = portal.application
    if application is not None and bot.owner == portal.options.client_id:
        return application_auth(portal, application)
    return portal_auth(portal) | {"application_token": bot.owner[:50]}
