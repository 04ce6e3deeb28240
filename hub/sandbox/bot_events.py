"""What bots are told: messages, commands and invitations, queued for polling or posted to a handler."""

import re
from typing import Any

from hub.sandbox import event_forms
from hub.sandbox.clock import portal_date
from hub.sandbox.model import Bot, BotCommand, Chat, Json, Message, Person, QueuedEvent
from hub.sandbox.portal import Portal
from hub.sandbox.views import bot_v2, chat_v2, dialog_id, message_v2, user_v2

#: `/command params`, one per line.
_COMMAND = re.compile(r"^/(\S*)( ?)(.*)$", re.MULTILINE)
#: Bots of these types hear everything in their chats, others only what mentions them.
_LISTENERS = {"supervisor", "personal"}


class BotEvents:
    """Raises bot events in the format of the API version that registered the bot. Lock held."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def message_added(self, chat: Chat, message: Message) -> None:
        """A person wrote *message*: run the commands in it, or tell the bots it concerns."""
        author = self._portal.people[message.author_id]
        if self.commands_in(message.text, "textarea", chat, message, author):
            return
        for bot in self._portal.bots_in(chat):
            if chat.kind == "private" or bot.type in _LISTENERS or _mentions(message.text, bot.id):
                self._emit(bot, "MESSAGEADD", chat, author, {"message": message_v2(message)}, message=message)

    def commands_in(
        self,
        text: str,
        context: str,
        chat: Chat,
        message: Message,
        user: Person,
        *,
        bot_id: int | None = None,
    ) -> int:
        """Raise a command event for every registered command in *text*; return how many there were."""
        raised = 0
        for name, _, params in _COMMAND.findall(text):
            for command in self._portal.commands:
                bot = self._portal.bots[command.bot_id]
                reachable = bot.id in chat.members or command.common
                if command.command != name or not reachable or bot_id not in (None, bot.id):
                    continue
                self._command(bot, command, params.strip(), context, chat, message, user)
                raised += 1
        return raised

    def joined(self, bot: Bot, chat: Chat, inviter: Person) -> None:
        """*inviter* took *bot* into *chat*."""
        self._emit(bot, "JOINCHAT", chat, inviter, {"dialogId": dialog_id(chat, bot.id)})

    def _command(
        self,
        bot: Bot,
        command: BotCommand,
        params: str,
        context: str,
        chat: Chat,
        message: Message,
        user: Person,
    ) -> None:
        data: Json = {
            "command": {
                "id": command.id,
                "command": f"/{command.command}",
                "params": params,
                "context": context,
            },
            "message": message_v2(message),
        }
        self._emit(bot, "COMMANDADD", chat, user, data, message=message, command=command)

    def _emit(self, bot: Bot, kind: str, chat: Chat, user: Person, data: Json, **v1: Any) -> None:
        portal = self._portal
        now = portal.clock.now()
        if bot.api == 1:
            url, form = event_forms.v1(portal, bot, kind, chat, user, data, **v1)
            if url:
                portal.posts.append((url, form))
            return
        shown: Any = chat_v2(chat, bot.id)
        hide = kind == "COMMANDADD" and chat.kind == "private" and portal.options.empty_chat_in_private_clicks
        event = {
            "bot": bot_v2(portal, bot),
            **data,
            "chat": [] if hide else shown,
            "user": user_v2(user),
            "language": portal.options.language,
        }
        if bot.event_mode == "webhook":
            portal.posts.append((bot.webhook_url, event_forms.v2(portal, bot, kind, event)))
            return
        portal.events.put(
            QueuedEvent(
                id=portal.events.next_id(), bot_id=bot.id, type=f"ONIMBOTV2{kind}", at=now, data=event
            )
        )

    def deleted(self, bot: Bot) -> None:
        """*bot* was unregistered; its queue goes with it."""
        for event in self._portal.events:
            if event.bot_id == bot.id:
                self._portal.events.remove(event.id)
        if bot.event_mode == "webhook" and bot.api == 2:
            form = event_forms.v2(self._portal, bot, "DELETE", {})
            self._portal.posts.append((bot.webhook_url, form))


def shown_event(event: QueuedEvent) -> Json:
    """One event as `imbot.v2.Event.get` answers it."""
    return {"eventId": event.id, "type": event.type, "date": portal_date(event.at), "data": event.data}


def _mentions(text: str, bot_id: int) -> bool:
    return re.search(rf"\[user={bot_id}[\] ]", text, re.IGNORECASE) is not None
