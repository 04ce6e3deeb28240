"""The bodies of event POSTs, as nested data for `php.build_query`."""

from dataclasses import dataclass
from typing import Any, Literal

from hub.sandbox.model import Bot, BotCommand, Chat, Json, Message, Person
from hub.sandbox.portal import Portal
from hub.sandbox.views import dialog_id

_MEMBER_ID = "5a9db0c5a9db0c5a9db0c5a9db0c5a9d"
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
    auth = _auth(bot)
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
    bot, chat, user = event.bot, event.chat, event.user
    kind, data, message, command = event.kind, event.data, event.message, event.command
    auth = _auth(bot)
    params: Json = {
        "FROM_USER_ID": user.id,
        "AUTHOR_ID": user.id,
        "DIALOG_ID": dialog_id(chat, bot.id),
        "MESSAGE_TYPE": "C" if chat.kind == "chat" else "P",
        "CHAT_TYPE": "C" if chat.kind == "chat" else "P",
        "LANGUAGE": portal.options.language,
        "TO_USER_ID" if chat.kind == "private" else "TO_CHAT_ID": bot.id
        if chat.kind == "private"
        else chat.id,
    }
    if message is not None:
        params |= {"MESSAGE": message.text, "MESSAGE_ID": message.id, "TEMPLATE_ID": message.uuid}
    if kind == "JOINCHAT":
        params |= {"BOT_ID": bot.id, "USER_ID": user.id, "CHAT_ID": chat.id}
    owner: Json = {**auth, "AUTH": auth, "BOT_ID": bot.id, "BOT_CODE": bot.code}
    body: Json = {"event": _V1_NAMES[kind], "event_handler_id": 400 + bot.id}
    if command is not None and message is not None:
        given = data["command"]
        context = given["context"].upper()
        params |= {"MESSAGE": f"{given['command']} {given['params']}".strip(), "COMMAND_CONTEXT": context}
        owner |= {
            "COMMAND": command.command,
            "COMMAND_ID": command.id,
            "COMMAND_PARAMS": given["params"],
            "COMMAND_CONTEXT": context,
            "MESSAGE_ID": message.id,
        }
        url = command.handler
        body["data"] = {"COMMAND": {str(command.id): owner}, "PARAMS": params, "USER": _user_v1(user)}
    else:
        url = bot.handlers.get(_V1_NAMES[kind], "")
        body["data"] = {"BOT": {str(bot.id): owner}, "PARAMS": params, "USER": _user_v1(user)}
    body |= {"ts": int(portal.clock.timestamp()), "auth": auth}
    return url, body


def _user_v1(user: Person) -> Json:
    return {
        "ID": user.id,
        "NAME": user.name,
        "FIRST_NAME": user.first_name,
        "LAST_NAME": user.last_name,
        "WORK_POSITION": user.position,
        "GENDER": user.gender,
        "IS_BOT": "N",
        "IS_CONNECTOR": "N",
        "IS_NETWORK": "N",
        "IS_EXTRANET": "Y" if user.extranet else "N",
    }


def _auth(bot: Bot) -> dict[str, Any]:
    return {
        "domain": "portal.sandbox",
        "client_endpoint": "https://portal.sandbox/rest/",
        "server_endpoint": "https://oauth.sandbox/rest/",
        "member_id": _MEMBER_ID,
        "application_token": bot.owner[:50],
    }
