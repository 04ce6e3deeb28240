"""The bot API ``imbot.v2.*``: messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.bitrix24.bot import OutgoingMessage
from hub.bitrix24.calls import Call
from hub.bitrix24.dialogs import normalise
from hub.bitrix24.errors import OutcomeUnknown
from hub.bitrix24.notifications import notification

#: Clears what a message had; leaving a field out would keep it.
_NOTHING = "N"


class BotV2:
    """The v2 dialect for one registered bot.

    Args:
        bot_id: the bot's user id.
        token: the bot's secret with a webhook; None with an application.
        client_id: owner name for notification tags with a webhook, not secret; None with an application.
    """

    is_idempotent = True

    def __init__(self, bot_id: str, *, token: str | None, client_id: str | None = None) -> None:
        self._bot_id = int(bot_id)
        self._token = token
        self._client_id = client_id

    def send(self, dialog: str, message: OutgoingMessage, key: str) -> Call:
        fields: dict[str, Any] = {**_text(message), "templateId": key}
        if message.attach:
            fields["attach"] = message.attach
        if message.keyboard:
            fields["keyboard"] = self._keyboard(message)
        return self._call("imbot.v2.Chat.Message.send", {"dialogId": normalise(dialog), "fields": fields})

    def update(self, message_id: str, message: OutgoingMessage) -> Call:
        fields = {
            **_text(message),
            "attach": message.attach or _NOTHING,
            "keyboard": self._keyboard(message) if message.keyboard else _NOTHING,
        }
        return self._call("imbot.v2.Chat.Message.update", {"messageId": int(message_id), "fields": fields})

    def message_id(self, result: Any) -> str:
        found = result.get("id") if isinstance(result, Mapping) else None
        if not found:
            raise OutcomeUnknown("the portal took a message and gave no id for it")
        return str(found)

    def notify(self, user: str, text: str, tag: str) -> Call:
        return notification(user, text, tag, client_id=self._client_id)

    def _keyboard(self, message: OutgoingMessage) -> Mapping[str, Any]:
        # without BOT_ID an edited keyboard's clicks may not find the bot
        return {"BOT_ID": self._bot_id, "BUTTONS": message.keyboard}

    def _call(self, method: str, params: Mapping[str, Any]) -> Call:
        owner: dict[str, Any] = {"botId": self._bot_id}
        if self._token is not None:
            owner["botToken"] = self._token
        return Call(method, {**owner, **params})


def _text(message: OutgoingMessage) -> dict[str, Any]:
    # Y and N are read alike in JSON and in a batch command, where booleans become 1 and 0
    return {"message": message.text, "urlPreview": "Y" if message.url_preview else "N"}
