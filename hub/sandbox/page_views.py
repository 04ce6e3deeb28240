"""What one person sees: the JSON of the chat page."""

from datetime import datetime
from typing import Any

from hub.sandbox.model import Bot, Chat, Json, Message, Notification, Person
from hub.sandbox.portal import Portal
from hub.sandbox.views import dialog_id


class PersonView:
    """The portal from one person's side. Called with the portal's lock held."""

    def __init__(self, portal: Portal, user_id: int) -> None:
        self._portal = portal
        self._user_id = user_id

    def dialogs(self) -> list[Json]:
        """Return the person's dialogs, the liveliest first."""
        chats = [chat for chat in self._portal.chats if self._user_id in chat.members]
        shown = [self.dialog(chat) for chat in chats]
        return sorted(shown, key=lambda dialog: dialog["last"]["at"] if dialog["last"] else "", reverse=True)

    def dialog(self, chat: Chat) -> Json:
        """Return one entry of the list."""
        last = self._portal.last_message(chat.id)
        own_id = dialog_id(chat, self._user_id)
        other = self._portal.user(int(own_id)) if chat.kind == "private" else None
        return {
            "dialog": own_id,
            "title": other.name if other else chat.title,
            "kind": chat.kind,
            "color": other.color if other else chat.color,
            "bot": isinstance(other, Bot),
            "last": {"id": last.id, "text": last.text, "at": _iso(last.at)} if last else None,
            "unread": self._unread(chat),
        }

    def messages(self, chat: Chat, *, before: int | None, limit: int) -> list[Json]:
        """Return up to *limit* messages that end before *before*, oldest first."""
        found = [m for m in self._portal.messages_of(chat.id) if before is None or m.id < before]
        return [self.message(message) for message in found[-limit:]]

    def message(self, message: Message) -> Json:
        """Return one message; nothing of a deleted one but that it was there."""
        gone = message.deleted
        author = self._portal.user(message.author_id)
        return {
            "id": message.id,
            "author": user_view(author) if author else {"id": 0, "name": "", "bot": False, "color": ""},
            "text": "" if gone else message.text,
            "attach": [] if gone or message.attach is None else [_card(message.attach)],
            "keyboard": None if gone or not message.keyboard else _keyboard(message),
            "at": _iso(message.at),
            "edited": message.edited,
            "deleted": gone,
            "read": self._is_read(message),
            "system": message.system,
            "reply": None if gone or message.reply_id is None else self._reply(message.reply_id),
        }

    def notifications(self) -> list[Json]:
        """Return the bell, newest first."""
        own = [shown for shown in self._portal.notifications if shown.user_id == self._user_id]
        return [self._notification(shown) for shown in reversed(own)]

    def _notification(self, shown: Notification) -> Json:
        author = self._portal.user(shown.author_id)
        return {
            "id": shown.id,
            "author": user_view(author) if author else None,
            "text": shown.text,
            "attach": [_card(shown.attach)] if shown.attach else [],
            "tag": shown.tag,
            "at": _iso(shown.at),
            "read": shown.read,
        }

    def _unread(self, chat: Chat) -> int:
        mark = self._portal.reads.get(f"{chat.id}:{self._user_id}")
        seen = mark.message_id if mark else 0
        return sum(
            message.id > seen and message.author_id != self._user_id and not message.deleted
            for message in self._portal.messages_of(chat.id)
        )

    def _is_read(self, message: Message) -> bool:
        """Say whether the person has read it, or of their own messages, whether anybody else has."""
        members = self._portal.chats[message.chat_id].members
        mine = message.author_id == self._user_id
        readers = [member for member in members if member != self._user_id] if mine else [self._user_id]
        marks = [self._portal.reads.get(f"{message.chat_id}:{reader}") for reader in readers]
        return any(mark is not None and mark.message_id >= message.id for mark in marks)

    def _reply(self, message_id: int) -> Json | None:
        quoted = self._portal.messages.get(message_id)
        if quoted is None:
            return None
        return {"id": quoted.id, "author": self._portal.name_of(quoted.author_id), "text": quoted.text}


def user_view(user: Person | Bot) -> Json:
    """An author as the page shows them."""
    return {"id": user.id, "name": user.name, "bot": isinstance(user, Bot), "color": user.color}


def inhabitants(portal: Portal) -> Json:
    """Everybody a visitor can be, and the bots there are to talk to."""
    people = [
        {**user_view(person), "position": person.position, "active": person.active}
        for person in portal.people
    ]
    bots = [{**user_view(bot), "position": bot.position, "active": True} for bot in portal.bots]
    return {"people": people, "bots": bots}


def _card(attach: Json) -> Json:
    return {"color": attach["COLOR"], "color_token": attach["COLOR_TOKEN"], "blocks": attach["BLOCKS"]}


def _keyboard(message: Message) -> Json:
    buttons: list[Json] = [dict(button) for button in message.keyboard]
    if message.blocked:
        buttons = [button | ({"DISABLED": "Y"} if "TEXT" in button else {}) for button in buttons]
    bot_id: Any = next((button["BOT_ID"] for button in buttons if "BOT_ID" in button), message.author_id)
    return {"bot_id": bot_id, "buttons": buttons, "blocked": message.blocked}


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")
