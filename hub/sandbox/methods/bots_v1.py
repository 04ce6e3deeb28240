"""Version 1 bots: `imbot.register`, `imbot.update`, `imbot.unregister`, `imbot.bot.list`."""

import re
from typing import Any

from hub.sandbox.errors import RestError
from hub.sandbox.methods.bots import COLORS, add_bot, remove_bot
from hub.sandbox.model import Bot, Json
from hub.sandbox.ownership import BOT_V1, own_bot_v1, owner_v1
from hub.sandbox.parameters import anything, mapping, string
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
    handlers = _handlers(call.params, call.get("CLIENT_ID"))
    for name in _REQUIRED:
        if _HANDLERS[name] not in handlers:
            raise RestError(f"{name}_ERROR", f"Handler for {name} is not specified")
    portal = call.portal
    known = next((bot for bot in portal.bots if bot.code == call.params["CODE"]), None)
    if known is not None:
        return known.id  # whoever owns it
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
    bot = given_bot(call)
    fields = given_fields(call)
    properties = fields.get("PROPERTIES") or {}
    if "NAME" in properties and not properties["NAME"] and not properties.get("LAST_NAME", bot.last_name):
        raise RestError("NAME_ERROR", "Bot name isn't specified")
    changes: dict[str, Any] = _properties(properties)
    changes["handlers"] = bot.handlers | _handlers(fields, call.get("CLIENT_ID"))
    if fields.get("CODE"):
        changes["code"] = str(fields["CODE"])
    call.portal.bots.put(bot.model_copy(update=changes))
    return True


@method("imbot.unregister", *BOT_V1, scope="imbot", ignore_case=True)
def unregister(call: Invocation) -> bool:
    remove_bot(call, given_bot(call))
    return True


@method("imbot.bot.list", string("CLIENT_ID"), scope="imbot", ignore_case=True)
def list_bots(call: Invocation) -> Json | list[Any]:
    owner = owner_v1(call)
    shown = {
        str(bot.id): {"ID": bot.id, "NAME": bot.name, "CODE": bot.code, "OPENLINE": "N"}
        for bot in call.portal.bots
        if bot.owner == owner
    }
    return shown or []


@method("imbot.chat.sendTyping", *BOT_V1, anything("DIALOG_ID"), scope="imbot", ignore_case=True)
def typing(call: Invocation) -> bool:
    own_bot_v1(call)
    if not call.get("DIALOG_ID"):
        raise RestError("DIALOG_ID_EMPTY", "Dialog ID can't be empty")
    return True


def given_fields(call: Invocation) -> Json:
    """Return `FIELDS`, which must have something in it."""
    fields: Json = call.params["FIELDS"]
    if not fields:
        raise RestError("WRONG_REQUEST", "Update fields can't be empty")
    return fields


def with_owner(url: str, client_id: str | None) -> str:
    """Return a handler's address as the portal calls it: it appends a webhook's CLIENT_ID."""
    if not client_id:
        return url
    return f"{url}{'&' if '?' in url else '?'}CLIENT_ID={client_id}"


def given_bot(call: Invocation) -> Bot:
    """Return the bot `BOT_ID`, which must be given, if `CLIENT_ID` may drive it."""
    owner_v1(call)
    if call.get("BOT_ID") is None:
        raise RestError("BOT_ID_ERROR", "Bot not found")
    return own_bot_v1(call)


def _handlers(fields: Json, client_id: str | None) -> dict[str, str]:
    """Return event -> URL."""
    common = fields.get("EVENT_HANDLER")
    handlers = {}
    for name, event in _HANDLERS.items():
        url = fields.get(name) or common
        if url is None:
            continue
        if not _URL.match(str(url)):
            raise RestError(f"{name}_ERROR", f"Wrong handler URL for {name}")
        handlers[event] = with_owner(str(url), client_id)
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
