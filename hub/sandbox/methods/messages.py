"""`imbot.v2.Chat.Message.*`."""

from typing import Any

from hub.sandbox.attach import read_attach
from hub.sandbox.errors import RestError
from hub.sandbox.keyboard import clears, read_keyboard
from hub.sandbox.messenger import Draft
from hub.sandbox.model import Bot, Json
from hub.sandbox.ownership import BOT_V2, own_bot_v2, own_message, reach_dialog
from hub.sandbox.parameters import anything, boolean, integer, mapping, string
from hub.sandbox.registry import Invocation, method

_CONTENT = (string("message"), anything("attach"), anything("keyboard"), boolean("urlPreview"))


@method(
    "imbot.v2.Chat.Message.send",
    *BOT_V2,
    string("dialogId", missing="100"),
    mapping(
        "fields",
        *_CONTENT,
        boolean("system"),
        integer("replyId"),
        string("templateId"),
        mapping("forwardIds"),
    ),
    scope="imbot",
)
def send(call: Invocation) -> Json:
    bot = own_bot_v2(call)
    chat = reach_dialog(call.portal, bot.id, call.params["dialogId"], create=True)
    fields = call.get("fields", {})
    if fields.get("forwardIds"):
        call.warn("fields.forwardIds is not emulated and was ignored")
    draft = Draft(
        chat=chat,
        author_id=bot.id,
        system=bool(fields.get("system")),
        uuid=fields.get("templateId") or "",
        reply_id=fields.get("replyId"),
        **content(call, fields, bot),
    )
    return {"id": call.messenger.send(draft, call.strike), "uuidMap": []}


@method(
    "imbot.v2.Chat.Message.update",
    *BOT_V2,
    integer("messageId", missing="100"),
    mapping("fields", *_CONTENT, missing="100"),
    scope="imbot",
)
def update(call: Invocation) -> Json:
    bot = own_bot_v2(call)
    message = own_message(call.portal, bot.id, call.params["messageId"], missing="MESSAGE_NOT_FOUND")
    changes = content(call, call.params["fields"], bot)
    left = changes.get("attach", message.attach)
    if not changes.get("text", message.text).strip() and left is None:
        raise RestError("EMPTY_MESSAGE", "Message is empty")
    call.messenger.edit(message, changes)
    return {"result": True}


@method(
    "imbot.v2.Chat.Message.delete",
    *BOT_V2,
    integer("messageId", missing="100"),
    boolean("complete"),
    scope="imbot",
)
def delete(call: Invocation) -> Json:
    bot = own_bot_v2(call)
    message = own_message(call.portal, bot.id, call.params["messageId"], missing="MESSAGE_NOT_FOUND")
    call.messenger.delete(message)
    return {"result": True}


def content(call: Invocation, fields: Json, bot: Bot) -> dict[str, Any]:
    """Return the stored fields that *fields* sets; what is absent stays as it is."""
    changes: dict[str, Any] = {}
    if fields.get("message") is not None:
        changes["text"] = fields["message"]
    if "attach" in fields:
        raw = fields["attach"]
        changes["attach"] = None if clears(raw) else read_attach(raw, warn=call.warn)
    if "keyboard" in fields:
        raw = fields["keyboard"]
        changes["keyboard"] = () if clears(raw) else read_keyboard(raw, bot_id=bot.id, warn=call.warn)
    if fields.get("urlPreview") is not None:
        changes["url_preview"] = fields["urlPreview"]
    return changes
