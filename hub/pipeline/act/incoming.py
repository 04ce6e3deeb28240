"""Incoming: from what the portal says about the bot's dialogs to actions. Nothing is done here."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlmodel import Session

from hub.bitrix24.bot_events import BotDeleted, BotEvent, BotJoined, CommandGiven, MessageWritten
from hub.pipeline.act.buttons import Card, button_of, card_of_message, latest_card
from hub.pipeline.act.chat_commands import ChatCommands
from hub.pipeline.act.refusal import Refused
from hub.pipeline.bot import Bot
from hub.pipeline.folding_words import HUB
from hub.pipeline.follows import Follows
from hub.pipeline.render.keyboard import COMMAND
from hub.storage.actions import ActionRows
from hub.storage.chat_tables import Action
from hub.storage.columns import storable
from hub.storage.database import Database
from hub.storage.ids import IdFactory
from hub.storage.tables import Inbox

log = structlog.get_logger("hub.act")

#: Built-in commands that answer what is no command.
UNKNOWN, HINT = "unknown", "hint"
#: The built-in command that goes to the one of the same name behind a card.
COMMENT = "comment"

#: Characters of what somebody typed; the portal takes no longer message.
_MOST_TEXT = 20_000
#: What one person may ask for in a while, give or take what is read at once. Each line of a message may be a command,
#: and others wait behind them all.
_MOST_ASKED, _WHILE = 100, timedelta(minutes=1)


class Incoming:
    """Turns bot events into rows of ``actions``; an event that asks for nothing ends with the reason."""

    def __init__(
        self, database: Database, actions: ActionRows, commands: ChatCommands, bot: Bot, ids: IdFactory
    ) -> None:
        self._database = database
        self._actions = actions
        self._commands = commands
        self._bot = bot
        self._ids = ids

    def follows(self, row: Inbox, event: BotEvent) -> Follows:
        """Return what *event*, which came as *row*, asks for."""
        match event:
            case CommandGiven(actor_is_bot=True) | MessageWritten(actor_is_bot=True):
                return Follows(reason="a bot said it")
            case CommandGiven(actor="") | MessageWritten(actor=""):
                return Follows(reason="it does not say who acts")
            case CommandGiven(command=name) if name == COMMAND:
                return self._one(self._click(row, event))
            case CommandGiven():
                return self._one(self._typed(row, event))
            case MessageWritten(is_private=True):
                return self._one(self._action(row, event, dialog=event.actor, command=HINT))
            case MessageWritten():
                return Follows(reason="somebody talks in a group")
            case BotJoined():
                return Follows(reason=f"the bot is in {event.dialog} now")
            case BotDeleted():
                self._bot.forget()
                log.warning("the bot was deleted at the portal; it is registered again when it has to write")
                return Follows(reason="the bot was deleted")
            case _:
                return Follows(reason="it asks for nothing")

    def _one(self, action: Action) -> Follows:
        since = action.created_at - _WHILE
        if self._actions.number_since(action.actor, since) >= _MOST_ASKED:
            return Follows(reason=f"user {action.actor} asks for more than {_MOST_ASKED} things a minute")
        return Follows(actions=(action,))

    def _click(self, row: Inbox, event: CommandGiven) -> Action:
        # a portal names every group, and what was clicked must not: whoever types it says it
        dialog = event.dialog or event.actor
        with self._database.read() as session:
            try:
                button = button_of(session, event.params)
            except Refused:  # told when its turn comes, in one place
                return self._action(row, event, dialog=dialog, command=COMMAND, text=event.params)
        action = self._action(row, event, dialog=dialog, command=button.command, text=event.params)
        action.instance, action.once = button.instance, button.once
        action.notification_id = button.card.row.id
        return action

    def _typed(self, row: Inbox, event: CommandGiven) -> Action:
        dialog = event.dialog or event.actor
        command = self._commands.find(event.command)
        if command is None:
            return self._action(row, event, dialog=dialog, command=UNKNOWN, typed=True, text=event.command)
        action = self._action(
            row, event, dialog=dialog, command=command.item.name, typed=True, text=event.params
        )
        action.instance = command.instance.name
        is_comment = (action.instance, action.command) == (HUB, COMMENT)
        with self._database.read() as session:
            card = self._card(session, event, dialog, latest=is_comment)
        if card is not None:
            action.notification_id = card.row.id
            if is_comment and event.params and self._commands.is_declared(card.instance, COMMENT):
                action.instance = card.instance
        return action

    def _card(self, session: Session, event: CommandGiven, dialog: str, *, latest: bool) -> Card | None:
        """Return the card that was replied to, or else the *latest* one where that is meant."""
        replied = card_of_message(session, dialog, event.reply_to) if event.reply_to else None
        return replied or (latest_card(session, dialog) if latest else None)

    def _action(
        self,
        row: Inbox,
        event: CommandGiven | MessageWritten,
        *,
        dialog: str,
        command: str,
        text: str = "",
        typed: bool = False,
    ) -> Action:
        return Action(
            id=self._ids.new("a"),
            origin=row.id,
            once=f"{row.id} {event.message} {command}",
            instance=HUB,
            command=command,
            actor=event.actor,
            dialog=dialog,
            message_id=event.message,
            typed=typed or command == HINT,
            text=storable(text[:_MOST_TEXT]),
            language=storable(event.language),
            created_at=row.received_at,
            due_at=row.received_at,
        )
