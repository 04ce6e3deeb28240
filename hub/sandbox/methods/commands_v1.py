"""Version 1 commands: `imbot.command.*` but for the answer, which is a message."""

import re
from typing import Any

from hub.sandbox.errors import RestError
from hub.sandbox.methods.bots_v1 import given_bot, given_fields, with_owner
from hub.sandbox.model import BotCommand, Json
from hub.sandbox.ownership import BOT_V1, owner_v1
from hub.sandbox.parameters import array, integer, mapping, string
from hub.sandbox.registry import Invocation, method

_URL = re.compile(r"^https?://", re.IGNORECASE)
_COMMAND = re.compile(r"^[A-Za-z0-9]+$")


@method(
    "imbot.command.register",
    *BOT_V1,
    string("COMMAND", missing="COMMAND_ERROR"),
    string("COMMON"),
    string("HIDDEN"),
    string("EXTRANET_SUPPORT"),
    array("LANG"),
    string("EVENT_COMMAND_ADD"),
    scope="imbot",
    ignore_case=True,
)
def register_command(call: Invocation) -> int:
    bot = given_bot(call)
    name = _name(call.params["COMMAND"])
    handler = _command_handler(call, call.get("EVENT_COMMAND_ADD", ""))
    hidden = call.get("HIDDEN") == "Y"
    if not hidden and not call.get("LANG"):
        raise RestError("LANG_ERROR", "Lang set can't be empty")
    known = next((c for c in call.portal.commands if c.bot_id == bot.id and c.command == name), None)
    if known is not None:
        return known.id
    command = BotCommand(
        id=call.portal.commands.next_id(),
        bot_id=bot.id,
        command=name,
        common=call.get("COMMON") == "Y",
        hidden=hidden,
        extranet=call.get("EXTRANET_SUPPORT") == "Y",
        handler=handler,
        **_words(call.get("LANG", [])),
    )
    return call.portal.commands.put(command).id


@method(
    "imbot.command.update",
    integer("COMMAND_ID", missing="COMMAND_ID_ERROR"),
    mapping("FIELDS", missing="WRONG_REQUEST"),
    string("CLIENT_ID"),
    scope="imbot",
    ignore_case=True,
)
def update_command(call: Invocation) -> bool:
    command = _own_command(call)
    fields = given_fields(call)
    changes: dict[str, Any] = {}
    if fields.get("COMMAND"):
        changes["command"] = _name(str(fields["COMMAND"]))
    if fields.get("EVENT_COMMAND_ADD"):
        changes["handler"] = _command_handler(call, str(fields["EVENT_COMMAND_ADD"]))
    if fields.get("HIDDEN"):
        changes["hidden"] = fields["HIDDEN"] == "Y"
    if fields.get("EXTRANET_SUPPORT"):
        changes["extranet"] = fields["EXTRANET_SUPPORT"] == "Y"
    if fields.get("LANG"):
        changes |= _words(fields["LANG"])
    if "COMMON" in fields:
        call.warn("COMMON cannot be changed by imbot.command.update and was ignored")
    call.portal.commands.put(command.model_copy(update=changes))
    return True


@method(
    "imbot.command.unregister",
    integer("COMMAND_ID", missing="COMMAND_ID_ERROR"),
    string("CLIENT_ID"),
    scope="imbot",
    ignore_case=True,
)
def unregister_command(call: Invocation) -> bool:
    call.portal.commands.remove(_own_command(call).id)
    return True


def _own_command(call: Invocation) -> BotCommand:
    owner = owner_v1(call)
    command = call.portal.commands.get(call.params["COMMAND_ID"])
    if command is None:
        raise RestError("COMMAND_ID_ERROR", "Command not found")
    if call.portal.bots[command.bot_id].owner != owner:
        raise RestError("APP_ID_ERROR", "Command was installed by another rest application")
    return command


def _name(given: str) -> str:
    name = given.removeprefix("/")
    if not _COMMAND.match(name):
        raise RestError("COMMAND_ERROR", "Command isn't specified")
    return name


def _command_handler(call: Invocation, url: str) -> str:
    if not _URL.match(url):
        raise RestError("EVENT_COMMAND_ADD_ERROR", "Wrong handler URL")
    return with_owner(url, call.get("CLIENT_ID"))


def _words(languages: Any) -> Json:
    """Return the stored titles and hints of a `LANG` list."""
    entries = languages.values() if isinstance(languages, dict) else languages
    known = [entry for entry in entries if isinstance(entry, dict) and entry.get("LANGUAGE_ID")]
    return {
        "title": {entry["LANGUAGE_ID"].lower(): str(entry.get("TITLE", "")) for entry in known},
        "params": {entry["LANGUAGE_ID"].lower(): str(entry.get("PARAMS", "")) for entry in known},
    }
