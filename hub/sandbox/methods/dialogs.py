"""`im.dialog.*`: what the calling user sees of a chat."""

from hub.sandbox.clock import portal_date
from hub.sandbox.errors import RestError
from hub.sandbox.model import Chat, Json, Message
from hub.sandbox.ownership import is_dialog_id, reach_dialog
from hub.sandbox.parameters import integer, string
from hub.sandbox.registry import Invocation, method
from hub.sandbox.views import dialog_id, message_v2, user_v1

_DIALOG = string("DIALOG_ID", missing="DIALOG_ID_EMPTY")


@method("im.dialog.get", _DIALOG, scope="im", ignore_case=True)
def get(call: Invocation) -> Json:
    chat, portal = _reach(call), call.portal
    messages = portal.messages_of(chat.id)
    last = portal.last_message(chat.id)
    readers = [
        {"user_id": member, "user_name": portal.name_of(member), **_read(call, chat, member)}
        for member in chat.members
        if member in portal.people
    ]
    viewers = [reader for reader in readers if last is not None and reader["message_id"] == last.id]
    return {
        "id": chat.id,
        "parent_chat_id": 0,
        "parent_message_id": 0,
        "name": chat.title,
        "description": chat.description,
        "owner": chat.owner,
        "extranet": False,
        "avatar": "",
        "color": chat.color,
        "type": chat.kind,
        "counter": 0,
        "user_counter": len(chat.members),
        "message_count": len(messages),
        "unread_id": 0,
        "last_message_id": last.id if last else 0,
        "last_id": last.id if last else 0,
        "entity_type": chat.entity_type,
        "entity_id": chat.entity_id,
        "mute_list": [],
        "date_create": portal_date(chat.created_at),
        "message_type": "C" if chat.kind == "chat" else "P",
        "role": "owner" if chat.owner == call.caller.user_id else "member",
        "text_field_enabled": True,
        "readed_list": readers,
        "manager_list": list(chat.managers),
        "last_message_views": {
            "message_id": last.id if last else 0,
            "first_viewers": [
                {name: viewer[name] for name in ("user_id", "user_name", "date")} for viewer in viewers
            ],
            "count_of_viewers": len(viewers),
        },
        "dialog_id": dialog_id(chat, call.caller.user_id),
    }


@method(
    "im.dialog.messages.get",
    _DIALOG,
    integer("LAST_ID"),
    integer("FIRST_ID"),
    integer("LIMIT"),
    scope="im",
    ignore_case=True,
)
def messages(call: Invocation) -> Json:
    chat = _reach(call)
    found = [message for message in call.portal.messages_of(chat.id) if not message.deleted]
    limit = min(call.get("LIMIT", 20), 50)
    if call.get("FIRST_ID") is not None:
        page = [message for message in found if message.id > call.params["FIRST_ID"]][:limit]
    else:
        last_id = call.get("LAST_ID")
        page = [message for message in found if last_id is None or message.id < last_id][::-1][:limit]
    authors = {message.author_id: call.portal.user(message.author_id) for message in page}
    return {
        "chat_id": chat.id,
        "messages": [_message(message) for message in page],
        "users": [user_v1(user) for user in authors.values() if user is not None],
        "files": [],
    }


def _reach(call: Invocation) -> Chat:
    if not is_dialog_id(call.params["DIALOG_ID"]):
        raise RestError("DIALOG_ID_EMPTY", "Dialog ID can't be empty")
    return reach_dialog(call.portal, call.caller.user_id, call.params["DIALOG_ID"])


def _read(call: Invocation, chat: Chat, member: int) -> Json:
    mark = call.portal.reads.get(f"{chat.id}:{member}")
    return {"message_id": mark.message_id if mark else 0, "date": portal_date(mark.at) if mark else None}


def _message(message: Message) -> Json:
    shown = message_v2(message)
    return {
        "id": message.id,
        "chat_id": message.chat_id,
        "author_id": message.author_id,
        "date": shown["date"],
        "text": message.text,
        "unread": False,
        "uuid": message.uuid or None,
        "replaces": [],
        "params": shown["params"],
        "disappearing_date": None,
    }
