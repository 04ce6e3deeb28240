"""What a bot is told, in one form for every API and way of arrival.

Ids are strings; an id or dialog that the portal did not tell is empty. ``actor`` is who acted, which for
a click is never the author of the message: that is the bot's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Context: TypeAlias = Literal["keyboard", "textarea", "menu"]


@dataclass(frozen=True, kw_only=True)
class CommandGiven:
    """Somebody pressed a button or typed a command.

    Attributes:
        command: its name without the slash.
        params: what came behind it; anybody may have typed it.
        context: ``textarea`` also for a button that speaks as the person, and where the portal says nothing.
        message: of a button: the bot's own message that carries it; else the message that was typed.
        dialog: where it happened, as the bot writes there; empty where the portal is silent, as old ones
            are about clicks in private dialogs.
        is_private: None when unknown.
        chat: number of the chat; private dialogs have one too.
        language: the portal's, not the person's.
        reply_to: id of the message that a typed command answers.
    """

    bot: str
    actor: str
    command: str
    params: str
    context: Context
    message: str
    dialog: str
    is_private: bool | None
    chat: str
    language: str
    actor_is_bot: bool
    reply_to: str = ""


@dataclass(frozen=True, kw_only=True)
class MessageWritten:
    """Somebody wrote to the bot, or mentioned it in a group.

    Attributes:
        text: without the mention in front.
        reply_to: id of the message that this one answers.
    """

    bot: str
    actor: str
    text: str
    message: str
    dialog: str
    reply_to: str
    is_private: bool | None
    chat: str
    language: str
    actor_is_bot: bool


@dataclass(frozen=True, kw_only=True)
class BotJoined:
    """Somebody took the bot into a chat, or opened the private dialog with it for the first time."""

    bot: str
    dialog: str
    actor: str


@dataclass(frozen=True, kw_only=True)
class BotDeleted:
    """The bot was removed from the portal; nothing follows."""

    bot: str


@dataclass(frozen=True, kw_only=True)
class Other:
    """Something that does not concern the hub, or cannot be read.

    Attributes:
        type: the portal's name for it, in capitals; empty when it gave none.
    """

    type: str


BotEvent: TypeAlias = CommandGiven | MessageWritten | BotJoined | BotDeleted | Other
