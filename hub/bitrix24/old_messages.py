"""Messages in the words that ``imbot.message.*`` (v1) and ``im.message.*`` share."""

from __future__ import annotations

from typing import Any

from hub.bitrix24.bot import OutgoingMessage
from hub.bitrix24.dialogs import normalise
from hub.bitrix24.errors import OutcomeUnknown

#: Clears what a message had; leaving a field out would keep it.
_NOTHING = "N"


def new_message(dialog: str, message: OutgoingMessage, bot_id: int) -> dict[str, Any]:
    """Return the parameters of an ``….message.add``; clicks on its buttons go to *bot_id*."""
    params = {"DIALOG_ID": normalise(dialog), **_text(message)}
    if message.attach:
        params["ATTACH"] = message.attach
    if message.keyboard:
        params["KEYBOARD"] = _keyboard(message, bot_id)
    return params


def changed_message(message_id: str, message: OutgoingMessage, bot_id: int) -> dict[str, Any]:
    """Return the parameters of an ``….message.update`` that replaces the whole message."""
    return {
        "MESSAGE_ID": int(message_id),
        **_text(message),
        "ATTACH": message.attach or _NOTHING,
        "KEYBOARD": _keyboard(message, bot_id) if message.keyboard else _NOTHING,
    }


def message_id(result: Any) -> str:
    """Read the message's id from the result of an ``….message.add``, which is the bare number.

    Raises:
        OutcomeUnknown: there is none in it.
    """
    number = str(result)
    if isinstance(result, bool) or not (number.isascii() and number.isdigit() and int(number)):
        raise OutcomeUnknown("the portal took a message and gave no id for it")
    return number


def _text(message: OutgoingMessage) -> dict[str, Any]:
    return {"MESSAGE": message.text, "URL_PREVIEW": "Y" if message.url_preview else "N"}


def _keyboard(message: OutgoingMessage, bot_id: int) -> dict[str, Any]:
    return {"BOT_ID": bot_id, "BUTTONS": message.keyboard}
