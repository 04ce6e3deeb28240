"""Writing as the person whose webhook or application it is, instead of as the bot."""

from __future__ import annotations

from typing import Any

from hub.bitrix24 import old_messages
from hub.bitrix24.bot import OutgoingMessage
from hub.bitrix24.calls import Call
from hub.bitrix24.notifications import notification


class BotAsUser:
    """The dialect ``im.message.*``; sends have no key, so a repeat shows the message twice.

    The bot still hears the clicks: buttons carry its id. In a chat it is not in, as every private
    dialog is, they only reach it with a command that is `common`.

    Args:
        bot_id: the bot's user id.
        client_id: owner name for notification tags with a webhook, not secret; None with an application.
    """

    is_idempotent = False

    def __init__(self, bot_id: str, *, client_id: str | None = None) -> None:
        self._bot_id = int(bot_id)
        self._client_id = client_id

    def send(self, dialog: str, message: OutgoingMessage, key: str) -> Call:
        return Call("im.message.add", old_messages.new_message(dialog, message, self._bot_id))

    def update(self, message_id: str, message: OutgoingMessage) -> Call:
        return Call("im.message.update", old_messages.changed_message(message_id, message, self._bot_id))

    def message_id(self, result: Any) -> str:
        return old_messages.message_id(result)

    def notify(self, user: str, text: str, tag: str) -> Call:
        return notification(user, text, tag, client_id=self._client_id)
