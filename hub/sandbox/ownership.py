"""Which bot a call may drive, and which dialogs it may reach."""

import re

from hub.sandbox.errors import RestError, access_denied
from hub.sandbox.model import Bot, Chat, Message
from hub.sandbox.parameters import integer, string
from hub.sandbox.portal import Portal
from hub.sandbox.registry import Invocation

#: The first two parameters of every `imbot.v2.*` call about one bot.
BOT_V2 = (integer("botId", missing="BOT_ID_REQUIRED"), string("botToken"))
#: The same for version 1; most methods fall back to the owner's first bot.
BOT_V1 = (integer("BOT_ID"), string("CLIENT_ID"))

_DIALOG = re.compile(r"^([0-9]+|(chat|sg|crm)[0-9]+)$", re.IGNORECASE)


def owner_v2(call: Invocation, token: str | None) -> str:
    """Return the stored owner of a bot: the application that calls, or the webhook's *token*."""
    if call.caller.application:
        return call.caller.application
    if not token:
        raise RestError("BOT_TOKEN_NOT_SPECIFIED", "Bot token is not specified")
    return f"custom{token}"


def own_bot_v2(call: Invocation) -> Bot:
    """Return the bot `botId` if `botToken` may drive it."""
    owner = owner_v2(call, call.get("botToken"))
    bot = call.portal.bots.get(call.params["botId"])
    if bot is None:
        raise RestError("BOT_NOT_FOUND", "Bot not found")
    if bot.owner != owner:
        raise RestError("BOT_OWNERSHIP_ERROR", "Bot is owned by another application", status=403)
    return bot


def owner_v1(call: Invocation) -> str:
    """Return the owner a version 1 call acts for."""
    if call.caller.application:
        return call.caller.application
    if not call.get("CLIENT_ID"):
        raise access_denied("Client ID not specified")
    return f"custom{call.params['CLIENT_ID']}"


def own_bot_v1(call: Invocation) -> Bot:
    """Return the bot `BOT_ID`, or the owner's first one, if `CLIENT_ID` may drive it."""
    owner = owner_v1(call)
    bot_id = call.get("BOT_ID")
    if bot_id is None:
        bot = next((bot for bot in call.portal.bots if bot.owner == owner), None)
    else:
        bot = call.portal.bots.get(bot_id)
    if bot is None:
        raise RestError("BOT_ID_ERROR", "Bot not found")
    if bot.owner != owner:
        raise RestError("APP_ID_ERROR", "Bot was installed by another rest application")
    return bot


def is_dialog_id(dialog_id: str) -> bool:
    """Say whether *dialog_id* has a form the portal knows: `27`, `chat1157`; not `u27`."""
    return _DIALOG.match(dialog_id) is not None


def reach_dialog(portal: Portal, user_id: int, dialog_id: str, *, create: bool = False) -> Chat:
    """Return the chat *dialog_id* means for the member *user_id*.

    Raises:
        RestError: `ACCESS_DENIED`: no such user or chat, or not a member of it.
    """
    if not is_dialog_id(dialog_id):
        raise access_denied()
    if dialog_id.isdigit():
        return _private(portal, user_id, int(dialog_id), create=create)
    chat = portal.chats.get(int(dialog_id.lower().removeprefix("chat"))) if _is_chat(dialog_id) else None
    if chat is None or chat.kind != "chat" or user_id not in chat.members:
        raise access_denied()
    return chat


def own_message(portal: Portal, author_id: int, message_id: int, *, missing: str) -> Message:
    """Return the message if *author_id* wrote it.

    Raises:
        RestError: *missing* when there is none, `ACCESS_DENIED` when it is somebody else's.
    """
    message = portal.messages.get(message_id)
    if message is None:
        raise RestError(missing, "Message not found")
    if message.author_id != author_id:
        raise access_denied()
    return message


def _is_chat(dialog_id: str) -> bool:
    return dialog_id.lower().startswith("chat")


def _private(portal: Portal, user_id: int, other: int, *, create: bool) -> Chat:
    if portal.user(other) is None or other == user_id:
        raise access_denied()
    chat = portal.open_private_chat(user_id, other) if create else portal.private_chat(user_id, other)
    if chat is None:
        raise access_denied()
    return chat
