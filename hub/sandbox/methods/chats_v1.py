"""`imbot.chat.*` and `im.chat.*`: group chats of a version 1 bot and of the calling user."""

from typing import Any

from hub.sandbox.errors import RestError
from hub.sandbox.groups import join, may_add, open_group
from hub.sandbox.messenger import Draft
from hub.sandbox.model import Chat
from hub.sandbox.ownership import BOT_V1, own_bot_v1
from hub.sandbox.parameters import anything, integer, string
from hub.sandbox.registry import Invocation, method

_NEW_CHAT = (
    anything("USERS"),
    string("TYPE"),
    string("TITLE"),
    string("DESCRIPTION"),
    string("COLOR"),
    string("MESSAGE"),
    string("AVATAR"),
    string("ENTITY_TYPE"),
    string("ENTITY_ID"),
)
_CHAT_ID = integer("CHAT_ID", missing="CHAT_ID_EMPTY")
_MEMBERS = (_CHAT_ID, anything("USERS"), string("HIDE_HISTORY"))


@method("imbot.chat.add", *BOT_V1, *_NEW_CHAT, scope="imbot", ignore_case=True)
def add_as_bot(call: Invocation) -> int:
    return _add(call, own_bot_v1(call).id)


@method("im.chat.add", *_NEW_CHAT, scope="im", ignore_case=True)
def add_as_user(call: Invocation) -> int:
    return _add(call, call.caller.user_id)


@method("imbot.chat.user.add", *BOT_V1, *_MEMBERS, scope="imbot", ignore_case=True)
def add_users_as_bot(call: Invocation) -> bool:
    return _add_users(call, own_bot_v1(call).id, forbidden="ACCESS_ERROR")


@method("im.chat.user.add", *_MEMBERS, scope="im", ignore_case=True)
def add_users_as_user(call: Invocation) -> bool:
    return _add_users(call, call.caller.user_id, forbidden="ACCESS_DENIED_EXTEND")


@method("imbot.chat.user.list", *BOT_V1, _CHAT_ID, scope="imbot", ignore_case=True)
def list_as_bot(call: Invocation) -> list[int]:
    return list(_chat_of(call, own_bot_v1(call).id).members)


@method("im.chat.user.list", _CHAT_ID, scope="im", ignore_case=True)
def list_as_user(call: Invocation) -> list[int]:
    return list(_chat_of(call, call.caller.user_id).members)


def _add(call: Invocation, owner: int) -> int:
    users = _users(call, wrong="INVALID_FORMAT") if call.get("USERS") else []
    chat = open_group(call, title=call.get("TITLE"), owner=owner, users=[owner, *users])
    changes = {
        "entity_type": call.get("ENTITY_TYPE", ""),
        "entity_id": call.get("ENTITY_ID", ""),
        "description": call.get("DESCRIPTION", ""),
    }
    chat = call.portal.chats.put(chat.model_copy(update=changes))
    if call.get("MESSAGE"):
        call.messenger.post(Draft(chat=chat, author_id=owner, text=call.params["MESSAGE"]))
    return chat.id


def _add_users(call: Invocation, adder: int, *, forbidden: str) -> bool:
    chat = _chat_of(call, adder)
    if not may_add(chat, adder):
        raise RestError(forbidden, "It is forbidden to add users to this chat", status=403)
    users = _users(call, wrong="WRONG_REQUEST")
    if not [user for user in users if user not in chat.members]:
        raise RestError("WRONG_REQUEST", "You don't have access or user already member in chat")
    join(call, chat, users)
    return True


def _chat_of(call: Invocation, member: int) -> Chat:
    chat = call.portal.chats.get(call.params["CHAT_ID"])
    if chat is None or chat.kind != "chat" or member not in chat.members:
        raise RestError("ACCESS_ERROR", "Action unavailable", status=403)
    return chat


def _users(call: Invocation, *, wrong: str) -> list[int]:
    given: Any = call.get("USERS")
    items = list(given.values()) if isinstance(given, dict) else given
    if not isinstance(items, list):
        raise RestError(wrong, "User IDs must be passed in array format")
    return [int(item) for item in items if str(item).isdigit()]
