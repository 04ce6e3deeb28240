"""The bot API ``imbot.*``: messages. Halted by its makers, but all that older portals have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.bitrix24 import old_messages
from hub.bitrix24.bot import OutgoingMessage
from hub.bitrix24.calls import Call
from hub.bitrix24.notifications import notification


class BotV1:
    """The v1 dialect for one registered bot; sends have no key, so a repeat shows the message twice.

    Args:
        bot_id: the bot's user id.
        token: the bot's secret with a webhook, told to the portal as its CLIENT_ID; None with an application.
        client_id: owner name for notification tags with a webhook, not secret; None with an application.
    """

    is_idempotent = False

    def __init__(self, bot_id: str, *, token: str | None, client_id: str | None = None) -> None:
        self._bot_id = int(bot_id)
        self._token = token
        self._client_id = client_id

    def send(self, dialog: str, message: OutgoingMessage, key: str) -> Call:
        return self._call("imbot.message.add", old_messages.new_message(dialog, message, self._bot_id))

    def update(self, message_id: str, message: OutgoingMessage) -> Call:
        params = old_messages.changed_message(message_id, message, self._bot_id)
        return self._call("imbot.message.update", params)

    def message_id(self, result: Any) -> str:
        return old_messages.message_id(result)

    def notify(self, user: str, text: str, tag: str) -> Call:
        return notification(user, text, tag, client_id=self._client_id)

    def _call(self, method: str, params: Mapping[str, Any]) -> Call:
        return Call(method, {"BOT_ID": self._bot_id, **owner(self._token), **params})


def owner(token: str | None) -> dict[str, str]:
    """Return what every v1 call carries to drive a bot of *token*.

    A portal keeps the owner of a bot as ``custom`` + CLIENT_ID here and as ``custom`` + botToken in v2:
    with the same secret for both, either API drives the bot that the other registered.
    """
    return {} if token is None else {"CLIENT_ID": token}
