"""Version 1 bots: `imbot.register`, `imbot.update`, `imbot.unregister`, `imbot.bot.list`, `imbot.command.*`."""

import re
from typing import Any

from hub.sandbox.errors import RestError
from hub.sandbox.methods.bots import COLORS, add_bot, remove_bot
from hub.sandbox.model import Bot, BotCommand, Json
from hub.sandbox.ownership import BOT_V1, own_bot_v1, owner_v1
from hub.sandbox.parameters import anything, array, integer, mapping, string
from hub.sandbox.registry import Invocation, method

MAX_BOTS = 5
_TYPES = {"B": "bot", "H": "bot", "O": "openline", "S": "supervisor"}
_COLORS = {re.sub(r"(?=[A-Z])", "_", name).upper(): color for name, color in COLORS.items()}
#: Registration parameter -> the event it is the handler of.
_HANDLERS = {
    "EVENT_MESSAGE_ADD": "ONIMBOTMESSAGEADD",
    "EVENT_WELCOME_MESSAGE": "ONIMBOTJOINCHAT",
    "EVENT_BOT_DELETE": "ONIMBOTDELETE",
    "EVENT_MESSAGE_UPDATE": "ONIMBOTMESSAGEUPDATE",
    "EVENT_MESSAGE_DELETE": "ONIMBOTMESSAGEDELETE",
}
_REQUIRED = ("EVENT_MESSAGE_ADD", "EVENT_WELCOME_MESSAGE", "EVENT_BOT_DELETE")
_URL = re.compile(r"^https?://", re.IGNORECASE)


@method(
    "imbot.register",
    string("CODE", missing="CODE_ERROR"),
    string("TYPE"),
    string("OPENLINE"),
    string("EVENT_HANDLER"),
    *(string(name) for name in _HANDLERS),
    string("CLIENT_ID"),
    mapping("PROPERTIES"),
    scope="imbot",
    ignore_case=True,
)
def register(call: Invocation) -> int:
    owner = owner_v1(call)
    handlers = _handlers(call.params, call.params["CLIENT_ID"])
    for name in _REQUIRED:
        if _HANDLERS[name] not in handlers:
            raise RestError(f"{name}_ERROR", f"Handler for {name} is not specified")
    portal = call.portal
    known = next((bot for bot in portal.bots if bot.code == call.params["CODE"]), None)
    if known is not None:
        if known.owner != owner:
            raise RestError("CODE_ERROR", "Bot code is already taken")
        return known.id
    properties = _properties(call.get("PROPERTIES", {}))
    if not (properties.get("first_name") or properties.get("last_name")):
        raise RestError("NAME_ERROR", "Bot name isn't specified")
    if sum(bot.owner == owner for bot in portal.bots) >= MAX_BOTS:
        raise RestError("MAX_COUNT_ERROR", "Has reached the maximum number of bots for application")
    bot = Bot(
        id=portal.bots.next_id(),
        code=call.params["CODE"],
        owner=owner,
        api=1,
        type=_TYPES.get(call.get("TYPE", "B"), "bot"),
        event_mode="webhook",
        handlers=handlers,
        **{"first_name": "", **properties},
    )
    add_bot(portal, bot)
    return bot.id


@method("imbot.update", *BOT_V1, mapping("FIELDS", missing="WRONG_REQUEST"), scope="imbot", ignore_case=True)
def update(call: Invocation) -> bool:
    bot = _given_bot(call)
    fields = call.params["FIELDS"]
    changes: dict[str, Any] = _properties(fields.get("PROPERTIES") or {})
    changes["handlers"] = bot.handlers | _handlers(fields, call.params["CLIENT_ID"])
    if fields.get("CODE"):
        changes["code"] = str(fields["CODE"])
    call.portal.bots.put(bot.model_copy(update=changes))
    return True


@method("imbot.unregister", *BOT_V1, scope="imbot", ignore_case=True)
def unregister(call: Invocation) -> bool:
    remove_bot(call, _given_bot(call))
    return True


@method("imbot.bot.list", string("CLIENT_ID"), scope="imbot", ignore_case=True)
def list_bots(call: Invocation) -> Json | list[Any]:
    owner = owner_v1(call)
    shown = {
        str(bot.id): {"ID": str(bot.id), "NAME": bot.name, "CODE": bot.code, "OPENLINE": "N"}
        for bot in call.portal.bots
        if bot.owner == owner
    }
    return shown or []


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
    bot = _given_bot(call)
    name = call.params["COMMAND"].removeprefix("/")
    if not _URL.match(call.get("EVENT_COMMAND_ADD", "")):
        raise RestError("EVENT_COMMAND_ADD_ERROR", "Handler for EVENT_COMMAND_ADD is not specified")
    hidden = call.get("HIDDEN") == "Y"
    if not hidden and not call.get("LANG"):
        raise RestError("LANG_ERROR", "Lang set can't be empty")
    known = next((c for c in call.portal.commands if c.bot_id == bot.id and c.command == name), None)
    if known is not None:
        return known.id
    languages = [entry for entry in call.get("LANG", []) if isinstance(entry, dict)]
    command = BotCommand(
        id=call.portal.commands.next_id(),
        bot_id=bot.id,
        command=name,
        title={entry.get("LANGUAGE_ID", "en"): str(entry.get("TITLE", "")) for entry in languages},
        common=call.get("COMMON") == "Y",
        hidden=hidden,
        handler=call.params["EVENT_COMMAND_ADD"],
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
    fields = call.params["FIELDS"]
    changes: dict[str, Any] = {}
    if fields.get("COMMAND"):
        changes["command"] = str(fields["COMMAND"]).removeprefix("/")
    if fields.get("EVENT_COMMAND_ADD"):
        changes["handler"] = str(fields["EVENT_COMMAND_ADD"])
    if fields.get("HIDDEN"):
        changes["hidden"] = fields["HIDDEN"] == "Y"
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


@method("imbot.chat.sendTyping", *BOT_V1, anything("DIALOG_ID"), scope="imbot", ignore_case=True)
def typing(call: Invocation) -> bool:
    own_bot_v1(call)
    if not call.get("DIALOG_ID"):
        raise RestError("DIALOG_ID_EMPTY", "Dialog ID can't be empty")
    return True


def _given_bot(call: Invocation) -> Bot:
    owner_v1(call)
    if call.get("BOT_ID") is None:
        raise RestError("BOT_ID_ERROR", "Bot not found")
    return own_bot_v1(call)


def _own_command(call: Invocation) -> BotCommand:
    owner = owner_v1(call)
    command = call.portal.commands.get(call.params["COMMAND_ID"])
    if command is None:
        raise RestError("COMMAND_ID_ERROR", "Command not found")
    if call.portal.bots[command.bot_id].owner != owner:
        raise RestError("APP_ID_ERROR", "Command was installed by another rest application")
    return command


def _handlers(fields: Json, client_id: str) -> dict[str, str]:
    """Return event -> URL; the portal appends the owner's CLIENT_ID to each."""
    common = fields.get("EVENT_HANDLER")
    handlers = {}
    for name, event in _HANDLERS.items():
        url = fields.get(name) or common
        if url is None:
            continue
        if not _URL.match(str(url)):
            raise RestError(f"{name}_ERROR", f"Wrong handler URL for {name}")
        handlers[event] = f"{url}{'&' if '?' in str(url) else '?'}CLIENT_ID={client_id}"
    return handlers


def _properties(properties: Json) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    for name, field in (
        ("NAME", "first_name"),
        ("LAST_NAME", "last_name"),
        ("WORK_POSITION", "position"),
        ("PERSONAL_GENDER", "gender"),
    ):
        if properties.get(name):
            changes[field] = str(properties[name])
    if properties.get("COLOR") in _COLORS:
        changes["color"] = _COLORS[properties["COLOR"]]
    return changes
