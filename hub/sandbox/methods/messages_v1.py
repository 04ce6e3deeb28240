"""`imbot.message.*`, `imbot.command.answer` and `im.message.*`: messages without idempotency."""

from collections.abc import Iterable
from typing import Any

from hub.sandbox.attach import read_attach
from hub.sandbox.errors import RestError
from hub.sandbox.keyboard import clears, read_keyboard
from hub.sandbox.messenger import Draft
from hub.sandbox.model import Chat, Json, Message
from hub.sandbox.ownership import BOT_V1, is_dialog_id, own_bot_v1, reach_dialog
from hub.sandbox.parameters import anything, integer, string
from hub.sandbox.registry import Invocation, method

_CONTENT = (
    string("MESSAGE"),
    anything("ATTACH"),
    anything("KEYBOARD"),
    anything("MENU"),
    string("URL_PREVIEW"),
)
_MESSAGE_ID = integer("MESSAGE_ID", missing="MESSAGE_ID_ERROR")


@method(
    "imbot.message.add",
    *BOT_V1,
    string("DIALOG_ID"),
    integer("FROM_USER_ID"),
    integer("TO_USER_ID"),
    *_CONTENT,
    string("SYSTEM"),
    string("SKIP_CONNECTOR"),
    scope="imbot",
    ignore_case=True,
)
def add(call: Invocation) -> int:
    bot = own_bot_v1(call)
    return _add(call, bot.id)


@method(
    "imbot.message.update",
    *BOT_V1,
    _MESSAGE_ID,
    *_CONTENT,
    string("SKIP_CONNECTOR"),
    scope="imbot",
    ignore_case=True,
)
def update(call: Invocation) -> bool:
    return _update(call, own_bot_v1(call).id)


@method("imbot.message.delete", *BOT_V1, _MESSAGE_ID, string("COMPLETE"), scope="imbot", ignore_case=True)
def delete(call: Invocation) -> bool:
    message = _own_message(call, own_bot_v1(call).id)
    call.messenger.delete(message)
    return True


@method(
    "imbot.command.answer",
    integer("COMMAND_ID"),
    string("COMMAND"),
    _MESSAGE_ID,
    *_CONTENT,
    string("SYSTEM"),
    string("CLIENT_ID"),
    scope="imbot",
    ignore_case=True,
)
def answer(call: Invocation) -> int:
    bot = own_bot_v1(call)
    wanted = (call.get("COMMAND_ID"), call.get("COMMAND"))
    known: Iterable[Any] = (c for c in call.portal.commands if c.bot_id == bot.id)
    if not any(command.id == wanted[0] or command.command == wanted[1] for command in known):
        raise RestError("COMMAND_ID_ERROR", "Command not found")
    asked = call.portal.messages.get(call.params["MESSAGE_ID"])
    if asked is None:
        raise RestError("MESSAGE_ID_ERROR", "Message not found")
    return _post(call, bot.id, call.portal.chats[asked.chat_id])


@method(
    "im.message.add",
    string("DIALOG_ID"),
    *_CONTENT,
    string("SYSTEM"),
    integer("REPLY_ID"),
    scope="im",
    ignore_case=True,
)
def add_as_user(call: Invocation) -> int:
    return _add(call, call.caller.user_id)


@method("im.message.update", _MESSAGE_ID, *_CONTENT, string("IS_EDITED"), scope="im", ignore_case=True)
def update_as_user(call: Invocation) -> bool:
    return _update(call, call.caller.user_id)


def _add(call: Invocation, author: int) -> int:
    dialog = call.get("DIALOG_ID", "")
    if not is_dialog_id(dialog):
        raise RestError("DIALOG_ID_EMPTY", "Dialog ID can't be empty")
    return _post(call, author, reach_dialog(call.portal, author, dialog, create=True))


def _post(call: Invocation, author: int, chat: Chat) -> int:
    if not call.get("MESSAGE", "").strip() and "ATTACH" not in call.params:
        raise RestError("MESSAGE_EMPTY", "Message can't be empty")
    return call.messenger.send(
        Draft(
            chat=chat,
            author_id=author,
            system=call.get("SYSTEM") == "Y",
            reply_id=call.get("REPLY_ID"),
            **_content(call, author),
        ),
        call.strike,
    )


def _update(call: Invocation, author: int) -> bool:
    message = _own_message(call, author)
    changes = _content(call, author)
    if "text" in changes and not changes["text"].strip() and changes.get("attach") is None:
        call.messenger.delete(message)
    else:
        call.messenger.edit(message, changes)
    return True


def _own_message(call: Invocation, author: int) -> Message:
    message = call.portal.messages.get(call.params["MESSAGE_ID"])
    if message is None:
        raise RestError("MESSAGE_ID_ERROR", "Message not found")
    if message.author_id != author:
        raise RestError(
            "CANT_EDIT_MESSAGE", "Time has expired for modification or you don't have access", status=403
        )
    return message


def _content(call: Invocation, author: int) -> Json:
    changes: Json = {}
    if call.get("MESSAGE") is not None:
        changes["text"] = call.params["MESSAGE"]
    if "ATTACH" in call.params:
        raw = call.params["ATTACH"]
        changes["attach"] = None if clears(raw) else read_attach(raw, warn=call.warn)
    if "KEYBOARD" in call.params:
        raw = call.params["KEYBOARD"]
        changes["keyboard"] = () if clears(raw) else read_keyboard(raw, bot_id=author, warn=call.warn)
    if call.get("MENU"):
        call.warn("MENU is accepted and not shown")
    if call.get("URL_PREVIEW") is not None:
        changes["url_preview"] = call.params["URL_PREVIEW"] != "N"
    return changes
