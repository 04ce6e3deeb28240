"""What bots are told: messages, commands and invitations, queued for polling or posted to a handler."""

import re

from hub.sandbox import event_forms
from hub.sandbox.clock import portal_date
from hub.sandbox.event_forms import BotEvent
from hub.sandbox.model import Bot, Chat, Json, Message, Person, QueuedEvent
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
                data = {"message": message_v2(message)}
                event = BotEvent(
                    bot=bot, kind="MESSAGEADD", chat=chat, user=author, data=data, message=message
                )
                self._emit(event)

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
                shown = {
                    "id": command.id,
                    "command": f"/{command.command}",
                    "params": params.strip(),
                    "context": context,
                }
                event = BotEvent(
                    bot=bot,
                    kind="COMMANDADD",
                    chat=chat,
                    user=user,
                    data={"command": shown, "message": message_v2(message)},
                    message=message,
                    command=command,
                )
                self._emit(event)
                raised += 1
        return raised

    def joined(self, bot: Bot, chat: Chat, inviter: Person) -> None:
        """*inviter* took *bot* into *chat*, or opened the private dialog with it."""
        data = {"dialogId": dialog_id(chat, bot.id)}
        self._emit(BotEvent(bot=bot, kind="JOINCHAT", chat=chat, user=inviter, data=data))

    def _emit(self, event: BotEvent) -> None:
        portal, bot = self._portal, event.bot
        if bot.api == 1:
            url, form = event_forms.v1(portal, event)
            if url:
                self._post(url, event_forms.sparse_v1(form) if portal.options.sparse_events else form)
            return
        data = self._data_v2(event)
        if bot.event_mode == "webhook":
            self._post(bot.webhook_url, event_forms.v2(portal, bot, event.kind, data))
            return
        row = QueuedEvent(
            id=portal.events.next_id(),
            bot_id=bot.id,
            type=f"ONIMBOTV2{event.kind}",
            at=portal.clock.now(),
            data=data,
        )
        portal.events.put(row)
        portal.feed.wake()

    def _data_v2(self, event: BotEvent) -> Json:
        portal, bot, chat = self._portal, event.bot, event.chat
        hide = (
            event.kind == "COMMANDADD"
            and chat.kind == "private"
            and portal.options.empty_chat_in_private_clicks
        )
        # in a private dialog of two people, where its buttons work all the same, the bot sees who acted
        others = [member for member in chat.members if member != event.user.id]
        viewer = bot.id if bot.id in chat.members or not others else others[0]
        data = {
            "bot": bot_v2(portal, bot),
            **event.data,
            "chat": [] if hide else chat_v2(chat, viewer),
            "user": user_v2(event.user),
            "language": portal.options.language,
        }
        return event_forms.sparse_v2(data) if portal.options.sparse_events else data

    def _post(self, url: str, form: Json) -> None:
        self._portal.posts.append((url, form))
        self._portal.feed.wake()

    def deleted(self, bot: Bot) -> None:
        """*bot* was unregistered; its queue goes with it."""
        for event in self._portal.events:
            if event.bot_id == bot.id:
                self._portal.events.remove(event.id)
        if bot.api == 1:
            self._post(bot.handlers["ONIMBOTDELETE"], event_forms.v1_deleted(self._portal, bot))
        elif bot.event_mode == "webhook":
            self._post(bot.webhook_url, event_forms.v2(self._portal, bot, "DELETE", {}))


def shown_event(event: QueuedEvent) -> Json:
    """One event as `imbot.v2.Event.get` answers it."""
    return {"eventId": event.id, "type": event.type, "date": portal_date(event.at), "data": event.data}


def _mentions(text: str, bot_id: int) -> bool:
    return re.search(rf"\[user={bot_id}[\] ]", text, re.IGNORECASE) is not None
