"""`imbot.v2.Chat.*` (group chats), `im.chat.add` and `im.chat.user.add`."""

from typing import Any

from hub.sandbox.errors import RestError, access_denied
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


@method(
    "im.chat.add",
    array("USERS"),
    string("TYPE"),
    string("TITLE"),
    string("DESCRIPTION"),
    string("COLOR"),
    string("MESSAGE"),
    string("AVATAR"),
    string("ENTITY_TYPE"),
    string("ENTITY_ID"),
    scope="im",
    ignore_case=True,
)
def add_as_user(call: Invocation) -> int:
    owner = call.caller.user_id
    chat = open_group(call, title=call.get("TITLE"), owner=owner, users=[owner, *call.get("USERS", [])])
    changes = {"entity_type": call.get("ENTITY_TYPE", ""), "entity_id": call.get("ENTITY_ID", "")}
    chat = call.portal.chats.put(
        chat.model_copy(update={**changes, "description": call.get("DESCRIPTION", "")})
    )
    if call.get("MESSAGE"):
        call.messenger.post(Draft(chat=chat, author_id=owner, text=call.params["MESSAGE"]))
    return chat.id


@method(
    "im.chat.user.add",
    integer("CHAT_ID", missing="CHAT_ID_EMPTY"),
    array("USERS", missing="USERS_EMPTY"),
    string("HIDE_HISTORY"),
    scope="im",
    ignore_case=True,
)
def add_users_as_user(call: Invocation) -> bool:
    chat = call.portal.chats.get(call.params["CHAT_ID"])
    if chat is None or chat.kind != "chat" or call.caller.user_id not in chat.members:
        raise RestError("ACCESS_ERROR", "You don't have access or user already member in chat", status=403)
    join(call, chat, call.params["USERS"])
    return True


def open_group(call: Invocation, *, title: str | None, owner: int, users: list[Any]) -> Chat:
    """Create a group chat and tell its bots that they are in."""
    portal = call.portal
    chat = portal.chats.put(
        Chat(
            id=portal.chats.next_id(),
            kind="chat",
            members=(),
            title=title or "Chat",
            owner=owner,
            managers=(owner,),
            created_at=portal.clock.now(),
        )
    )
    return join(call, chat, [*users, owner], quiet=frozenset({owner}))


def join(call: Invocation, chat: Chat, users: list[Any], *, quiet: frozenset[int] = frozenset()) -> Chat:
    """Add *users* who exist and are not members yet; bots not in *quiet* get their event."""
    portal = call.portal
    added = [int(user) for user in dict.fromkeys(users) if str(user).isdigit() and portal.user(int(user))]
    added = [user for user in added if user not in chat.members]
    chat = portal.chats.put(chat.model_copy(update={"members": (*chat.members, *added)}))
    inviter = portal.people[call.caller.user_id]
    for user in added:
        bot = portal.bots.get(user)
        if bot is not None and bot.id not in quiet:
            call.events.joined(bot, chat, inviter)
    portal.feed.publish("dialog", frozenset(chat.members), chat_id=chat.id)
    return chat


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
