"""What people do in the chat: write, click, read, open a group."""

from typing import Any

from hub.sandbox.bot_events import BotEvents
from hub.sandbox.errors import RestError
from hub.sandbox.messenger import Draft, Messenger
from hub.sandbox.model import Chat, Json, Message
from hub.sandbox.ownership import reach_dialog
from hub.sandbox.portal import Portal


class Actions:
    """A person's hands. Refusals are :class:`RestError`, as for any caller. Safe to use from several threads."""

    def __init__(self, portal: Portal, messenger: Messenger, events: BotEvents) -> None:
        self._portal = portal
        self._messenger = messenger
        self._events = events

    def say(self, user_id: int, dialog: str, text: str, *, reply_to: int | None = None) -> Message:
        """Write *text* as *user_id*; commands in it run, bots hear of the rest."""
        with self._portal.lock:
            self._person(user_id)
            chat = reach_dialog(self._portal, user_id, dialog, create=True)
            draft = Draft(chat=chat, author_id=user_id, text=text, reply_id=reply_to)
            return self._messenger.post(draft)

    def read(self, user_id: int, dialog: str) -> None:
        """Mark the dialog as read."""
        with self._portal.lock:
            self._messenger.read(reach_dialog(self._portal, user_id, dialog), user_id)

    def click(self, user_id: int, message_id: int, index: int) -> Json:
        """Press the button at *index* of the keyboard and return what the client would do.

        `{"did": "command"|"message"|"open"|"put"|"copy"|"call"|"dialog", …}`; a command that nobody registered
        raises no event, as on the real portal, and `events` is 0.
        """
        with self._portal.lock:
            self._person(user_id)
            message = self._portal.messages.get(message_id)
            if message is None or message.deleted or user_id not in self._chat(message).members:
                raise RestError("MESSAGE_NOT_FOUND", "no such message in a chat of this user", status=404)
            buttons = message.keyboard
            if not 0 <= index < len(buttons) or "TEXT" not in buttons[index]:
                raise RestError("BUTTON_NOT_FOUND", f"the message has no button {index}", status=404)
            button = buttons[index]
            if message.blocked or button.get("DISABLED") == "Y":
                raise RestError("BUTTON_BLOCKED", "the button cannot be pressed now", status=409)
            return self._press(user_id, message, button)

    def command(self, user_id: int, message_id: int, command: str, params: str) -> int:
        """Press a button that the message may not have any more, as an old client or `im.message.command` does.

        Returns how many events that raised.
        """
        with self._portal.lock:
            person, message = self._person(user_id), self._portal.messages[message_id]
            text = f"/{command} {params}".rstrip()
            return self._events.commands_in(text, "keyboard", self._chat(message), message, person)

    def open_chat(self, title: str, members: list[int]) -> str:
        """Open a group; the first member owns it. Bots among the members are told."""
        with self._portal.lock:
            owner = self._person(members[0])
            chat = self._portal.chats.put(
                Chat(
                    id=self._portal.chats.next_id(),
                    kind="chat",
                    members=tuple(dict.fromkeys(members)),
                    title=title,
                    owner=owner.id,
                    managers=(owner.id,),
                    created_at=self._portal.clock.now(),
                )
            )
            for bot in self._portal.bots_in(chat):
                self._events.joined(bot, chat, owner)
            self._portal.feed.publish("dialog", frozenset(chat.members), chat_id=chat.id)
            return f"chat{chat.id}"

    def _press(self, user_id: int, message: Message, button: Json) -> Json:
        if "LINK" in button:
            return {"did": "open", "link": button["LINK"]}
        if "COMMAND" in button:
            text = f"/{button['COMMAND']} {button['COMMAND_PARAMS']}".rstrip()
            person, chat = self._person(user_id), self._chat(message)
            events = self._events.commands_in(
                text, "keyboard", chat, message, person, bot_id=button["BOT_ID"]
            )
            if button["BLOCK"] == "Y":
                self._messenger.block(message)
            return {"did": "command", "command": text, "events": events}
        value = button["ACTION_VALUE"]
        if button["ACTION"] == "SEND":
            draft = Draft(chat=self._chat(message), author_id=user_id, text=value)
            return {"did": "message", "message": self._messenger.post(draft).id}
        return {"did": button["ACTION"].lower(), "value": value}

    def _chat(self, message: Message) -> Chat:
        return self._portal.chats[message.chat_id]

    def _person(self, user_id: int) -> Any:
        person = self._portal.people.get(user_id)
        if person is None or not person.active:
            raise RestError("USER_NOT_FOUND", f"no active person has the id {user_id}", status=404)
        return person
