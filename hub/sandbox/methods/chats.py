"""`imbot.v2.Chat.*`: group chats of a version 2 bot."""

from hub.sandbox.errors import RestError, access_denied
from hub.sandbox.groups import join, may_add, open_group
from hub.sandbox.messenger import Draft
from hub.sandbox.methods.bots import COLORS
from hub.sandbox.model import Chat, Json
from hub.sandbox.ownership import BOT_V2, own_bot_v2, reach_dialog
from hub.sandbox.parameters import anything, array, integer, mapping, string
from hub.sandbox.registry import Invocation, method
from hub.sandbox.views import full_chat_v2, user_v2

_DIALOG = string("dialogId", missing="100")
_LOOKS = (string("title"), string("description"), string("color"), anything("avatar"))


@method(
    "imbot.v2.Chat.add",
    *BOT_V2,
    mapping("fields", *_LOOKS, array("userIds"), integer("ownerId"), string("message")),
    scope="imbot",
)
def add(call: Invocation) -> Json:
    bot = own_bot_v2(call)
    fields = call.get("fields", {})
    owner = fields.get("ownerId") or bot.id
    chat = open_group(
        call, title=fields.get("title"), owner=owner, users=[bot.id, *(fields.get("userIds") or [])]
    )
    chat = call.portal.chats.put(chat.model_copy(update=_looks(fields)))
    if fields.get("message"):
        call.messenger.post(Draft(chat=chat, author_id=bot.id, text=fields["message"]))
    people = [person for member in chat.members if (person := call.portal.people.get(member)) is not None]
    return {
        "chat": {**full_chat_v2(call.portal, chat, bot.id), "isNew": True},
        "users": [user_v2(person) for person in people],
    }


@method("imbot.v2.Chat.get", *BOT_V2, _DIALOG, scope="imbot")
def get(call: Invocation) -> Json:
    bot = own_bot_v2(call)
    chat = reach_dialog(call.portal, bot.id, call.params["dialogId"])
    return {"chat": full_chat_v2(call.portal, chat, bot.id)}


@method("imbot.v2.Chat.update", *BOT_V2, _DIALOG, mapping("fields", *_LOOKS, missing="100"), scope="imbot")
def update(call: Invocation) -> Json:
    chat = _group(call)
    call.portal.chats.put(chat.model_copy(update=_looks(call.params["fields"])))
    call.portal.feed.publish("dialog", frozenset(chat.members), chat_id=chat.id)
    return {"result": True}


@method("imbot.v2.Chat.User.add", *BOT_V2, _DIALOG, array("userIds"), scope="imbot")
def add_users(call: Invocation) -> Json:
    chat = _group(call)
    bot_id = call.params["botId"]
    if bot_id not in (chat.owner, *chat.managers) or not may_add(chat, bot_id):
        raise access_denied()
    if not call.get("userIds"):
        raise RestError("EMPTY_USER_IDS", "User ids are empty")
    join(call, chat, call.params["userIds"])
    return {"result": True}


@method("imbot.v2.Chat.User.delete", *BOT_V2, _DIALOG, integer("userId", missing="100"), scope="imbot")
def delete_user(call: Invocation) -> Json:
    chat = _group(call)
    if call.params["userId"] not in chat.members:
        raise RestError("USER_NOT_FOUND", "User is not a member of the chat")
    members = tuple(member for member in chat.members if member != call.params["userId"])
    call.portal.chats.put(chat.model_copy(update={"members": members}))
    call.portal.feed.publish("dialog", frozenset(chat.members), chat_id=chat.id)
    return {"result": True}


@method("imbot.v2.Chat.User.list", *BOT_V2, _DIALOG, mapping("order"), integer("limit"), scope="imbot")
def list_users(call: Invocation) -> list[Json]:
    bot = own_bot_v2(call)
    chat = reach_dialog(call.portal, bot.id, call.params["dialogId"])
    users = [user for member in chat.members if (user := call.portal.user(member)) is not None]
    return [user_v2(user) for user in users[: call.get("limit", 50)]]


def _group(call: Invocation) -> Chat:
    bot = own_bot_v2(call)
    chat = reach_dialog(call.portal, bot.id, call.params["dialogId"])
    if chat.kind != "chat":
        raise access_denied()
    return chat


def _looks(fields: Json) -> Json:
    changes = {name: fields[name] for name in ("title", "description") if fields.get(name) is not None}
    if fields.get("color") in COLORS:
        changes["color"] = COLORS[fields["color"]]
    return changes
