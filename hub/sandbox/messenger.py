"""Writing, editing, deleting and reading messages: what all APIs of the portal share."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hub.sandbox.bot_events import BotEvents
from hub.sandbox.errors import ConnectionDropped, RestError, access_denied
from hub.sandbox.faults import Fault, Kind
from hub.sandbox.keys import MessageKeys
from hub.sandbox.model import Chat, Json, Message, Person, ReadMark
from hub.sandbox.portal import Portal

#: Characters of a message; what is longer is cut and marked.
MAX_TEXT = 20_000
_CUT_MARK = " (...)"
#: How long a message can be edited or deleted by its author.
EDIT_WINDOW = timedelta(days=3)

_BREAK = re.compile(r"\[br\]|#BR#", re.IGNORECASE)

#: Asks whether a fault strikes the command being executed.
Strike = Callable[[Kind], Fault | None]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A message about to be sent."""

    chat: Chat
    author_id: int
    text: str = ""
    attach: Json | None = None
    keyboard: tuple[Json, ...] = ()
    system: bool = False
    uuid: str = ""
    reply_id: int | None = None
    url_preview: bool = True


class Messenger:
    """The chat engine. Called with the portal's lock held."""

    def __init__(self, portal: Portal, events: BotEvents) -> None:
        self._portal = portal
        self._events = events
        self._keys = MessageKeys(portal)

    def send(self, draft: Draft, strike: Strike) -> int:
        """Send *draft* once per `templateId` and return the message id.

        Raises:
            RestError: `SENDING_FAILED` while the key is reserved; a refusal that comes after the reservation
                (`EMPTY_MESSAGE`, `ACCESS_DENIED` for a dismissed user) leaves the key reserved.
            ConnectionDropped: the `crash` fault struck; the message is stored.
        """
        keyed = not draft.system and self._keys.counts(draft.uuid)
        if keyed and (known := self._keys.reserve(draft.uuid)) is not None:
            return known
        if (fault := strike("refuse_reserved")) is not None:
            raise RestError(fault.error, fault.description or "Sending failed", status=fault.status)
        self._check_recipient(draft)
        message = self.post(draft)
        fault = strike("crash")
        if keyed and (fault is None or fault.linked):
            self._keys.link(draft.uuid, message.id)
        if fault is not None:
            raise ConnectionDropped("the portal died after storing the message")
        return message.id

    def post(self, draft: Draft) -> Message:
        """Store *draft*, show it, and tell the bots of the chat when a person wrote it.

        Raises:
            RestError: `EMPTY_MESSAGE`
        """
        text = clean_text(draft.text)
        if not text and draft.attach is None:
            raise RestError("EMPTY_MESSAGE", "Message is empty")
        self._welcome(draft.chat)
        message = Message(
            id=self._portal.messages.next_id(),
            chat_id=draft.chat.id,
            dialog=self._dialog_of(draft),
            author_id=0 if draft.system else draft.author_id,
            text=text,
            attach=draft.attach,
            keyboard=draft.keyboard,
            system=draft.system,
            uuid=draft.uuid,
            reply_id=draft.reply_id,
            url_preview=draft.url_preview,
            at=self._portal.clock.now(),
        )
        self._portal.append_message(message)
        self._publish("message", message)
        if message.author_id in self._portal.people:
            self._events.message_added(draft.chat, message)
        return message

    def edit(self, message: Message, changes: dict[str, Any]) -> Message:
        """Apply *changes* to stored fields, release a blocked keyboard and show the result.

        Raises:
            RestError: `CANT_EDIT_MESSAGE` when it is deleted or older than 3 days.
        """
        self._check_editable(message)
        if "text" in changes:
            changes = {**changes, "text": clean_text(changes["text"])}
        edited = message.model_copy(update={**changes, "edited": True, "blocked": False})
        self._portal.messages.put(edited)
        self._publish("edit", edited)
        return edited

    def delete(self, message: Message) -> None:
        """Take *message* out of the chat.

        Raises:
            RestError: `CANT_EDIT_MESSAGE` when it is deleted or older than 3 days.
        """
        self._check_editable(message)
        deleted = self._portal.messages.put(message.model_copy(update={"deleted": True}))
        self._publish("delete", deleted)

    def block(self, message: Message) -> None:
        """Block the keyboard of *message* until the bot edits it."""
        self._publish("edit", self._portal.messages.put(message.model_copy(update={"blocked": True})))

    def read(self, chat: Chat, user_id: int) -> None:
        """Mark everything in *chat* as read by *user_id*."""
        last = self._portal.last_message(chat.id)
        if last is not None:
            mark = ReadMark(id=f"{chat.id}:{user_id}", message_id=last.id, at=self._portal.clock.now())
            self._portal.reads.put(mark)
            self._portal.feed.publish("read", frozenset(chat.members), chat_id=chat.id, object_id=last.id)

    def _welcome(self, chat: Chat) -> None:
        """Tell the bot of a private dialog that begins."""
        options = self._portal.options
        if chat.kind != "private" or not options.private_join_events or self._portal.messages_of(chat.id):
            return
        people = [self._portal.people[member] for member in chat.members if member in self._portal.people]
        for bot in self._portal.bots_in(chat):
            for person in people:
                self._events.joined(bot, chat, person)

    def _check_recipient(self, draft: Draft) -> None:
        if draft.chat.kind == "private":
            others = [member for member in draft.chat.members if member != draft.author_id]
            users = [self._portal.user(member) for member in others]
            if any(isinstance(user, Person) and not user.active for user in users):
                raise access_denied()

    def _check_editable(self, message: Message) -> None:
        if message.deleted or self._portal.clock.now() - message.at > EDIT_WINDOW:
            raise RestError(
                "CANT_EDIT_MESSAGE", "Time has expired for modification or you don't have access", status=403
            )

    def _dialog_of(self, draft: Draft) -> str:
        chat = draft.chat
        if chat.kind == "chat":
            return f"chat{chat.id}"
        bots = [member for member in chat.members if member in self._portal.bots]
        own = bots[0] if bots else draft.author_id
        return str(next((member for member in chat.members if member != own), own))

    def _publish(self, kind: Any, message: Message) -> None:
        chat = self._portal.chats[message.chat_id]
        self._portal.feed.publish(kind, frozenset(chat.members), chat_id=chat.id, object_id=message.id)


def clean_text(text: str) -> str:
    """Do to *text* what the portal does on storing: line breaks, trimming, the cut at 20,000 characters."""
    text = _BREAK.sub("\n", text).strip()
    return text if len(text) <= MAX_TEXT else text[:MAX_TEXT] + _CUT_MARK
