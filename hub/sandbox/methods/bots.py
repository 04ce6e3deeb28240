"""`imbot.v2.Bot.*` and `imbot.v2.Revision.get`."""

import re
from typing import Any

from hub.sandbox.errors import RestError
from hub.sandbox.model import Bot, Json
from hub.sandbox.ownership import BOT_V2, own_bot_v2, owner_v2
from hub.sandbox.parameters import boolean, integer, mapping, string
from hub.sandbox.portal import Portal
from hub.sandbox.registry import Invocation, method
from hub.sandbox.views import bot_v2, user_v2

MAX_TOKEN = 40
MAX_BOTS = 100

_TYPES = {"bot", "supervisor", "personal", "openline"}
#: Bitrix24's colour names -> what the chat shows.
COLORS = {
    "red": "#df532d",
    "green": "#64a513",
    "mint": "#4ba984",
    "lightBlue": "#4ba5c3",
    "darkBlue": "#3e99ce",
    "purple": "#8474c8",
    "aqua": "#1eb4aa",
    "pink": "#f76187",
    "lime": "#58cc47",
    "brown": "#ab7761",
    "azure": "#29619b",
    "khaki": "#728f7a",
    "sand": "#ba9c7b",
    "marengo": "#556574",
    "gray": "#909090",
    "graphite": "#5e5f5e",
}
_BACKGROUNDS = {"azure", "mint", "steel", "slate", "teal", "cornflower", "sky", "peach", "frost"}
_URL = re.compile(r"^https?://[^\s/]+", re.IGNORECASE)
_PROPERTIES = (
    string("name"),
    string("lastName"),
    string("workPosition"),
    string("color"),
    string("gender"),
    string("avatar"),
)
_CHANGEABLE = (
    mapping("properties", *_PROPERTIES),
    boolean("isHidden"),
    boolean("isReactionsEnabled"),
    boolean("isSupportOpenline"),
    string("backgroundId"),
    string("eventMode"),
    string("webhookUrl"),
    string("botToken"),
)


@method(
    "imbot.v2.Bot.register",
    mapping("fields", string("code"), string("type"), *_CHANGEABLE, missing="BOT_CODE_REQUIRED"),
    string("botToken"),
    scope="imbot",
)
def register(call: Invocation) -> Json:
    fields = call.params["fields"]
    if "botToken" in call.params:
        call.warn("botToken belongs inside fields in Bot.register")
    owner = owner_v2(call, fields.get("botToken"))
    _check_token(fields.get("botToken") or "")
    if not fields.get("code"):
        raise RestError("BOT_CODE_REQUIRED", "Bot code is required")
    portal = call.portal
    known = next((bot for bot in portal.bots if bot.code == fields["code"]), None)
    if known is not None:
        if known.owner != owner:
            raise RestError("BOT_CODE_ALREADY_TAKEN", "Bot code is already taken")
        return _answer(portal, known)
    properties = fields.get("properties") or {}
    if not properties.get("name"):
        raise RestError("BOT_PROPERTIES_REQUIRED", "Bot properties are required: name")
    if fields.get("type", "bot") not in _TYPES:
        raise RestError("BOT_INVALID_TYPE", "Invalid bot type")
    if sum(bot.owner == owner for bot in portal.bots) >= MAX_BOTS:
        raise RestError("BOT_LIMIT_EXCEEDED", "Maximum number of bots is exceeded")
    changes = _changes(fields, current_url="", current_mode="fetch")
    bot = Bot(
        id=portal.bots.next_id(), code=fields["code"], owner=owner, type=fields.get("type", "bot"), **changes
    )
    add_bot(portal, bot)
    return _answer(portal, bot)


@method("imbot.v2.Bot.get", integer("botId"), string("code"), string("botToken"), scope="imbot")
def get(call: Invocation) -> Json:
    owner = owner_v2(call, call.get("botToken"))
    bot_id, code = call.get("botId"), call.get("code")
    if bot_id is None and not code:
        raise RestError("PARAMS_REQUIRED", "botId or code is required")
    bot = next(
        (bot for bot in call.portal.bots if bot_id in (None, bot.id) and code in (None, bot.code)), None
    )
    if bot is None:
        raise RestError("BOT_NOT_FOUND", "Bot not found")
    if bot.owner != owner:
        return {"bot": {"id": bot.id, "code": bot.code, "type": bot.type}, "users": [user_v2(bot)]}
    return _answer(call.portal, bot)


@method(
    "imbot.v2.Bot.list",
    string("botToken"),
    mapping("filter", string("type")),
    integer("limit"),
    integer("offset"),
    scope="imbot",
)
def list_bots(call: Invocation) -> Json:
    owner = owner_v2(call, call.get("botToken"))
    wanted = call.get("filter", {}).get("type")
    own = [bot for bot in call.portal.bots if bot.owner == owner and wanted in (None, bot.type)]
    offset, limit = call.get("offset", 0), call.get("limit", 50)
    page = own[offset : offset + limit]
    return {
        "bots": [bot_v2(call.portal, bot) for bot in page],
        "users": [user_v2(bot) for bot in page],
        "hasNextPage": len(own) > offset + limit,
    }


@method("imbot.v2.Bot.update", *BOT_V2, mapping("fields", *_CHANGEABLE, missing="100"), scope="imbot")
def update(call: Invocation) -> Json:
    bot = own_bot_v2(call)
    fields = call.params["fields"]
    changes = _changes(fields, current_url=bot.webhook_url, current_mode=bot.event_mode)
    if fields.get("botToken"):
        _check_token(fields["botToken"])
        changes["owner"] = owner_v2(call, fields["botToken"])
    return _answer(call.portal, call.portal.bots.put(bot.model_copy(update=changes)))


@method("imbot.v2.Bot.unregister", *BOT_V2, scope="imbot")
def unregister(call: Invocation) -> Json:
    bot = own_bot_v2(call)
    remove_bot(call, bot)
    return {"result": True}


@method("imbot.v2.Revision.get", scope="imbot")
def revision(call: Invocation) -> Json:
    return {"rest": 36, "web": 130, "mobile": 23, "desktop": 6}


def add_bot(portal: Portal, bot: Bot) -> None:
    """Store a new bot and let the chats that welcome bots take it in."""
    portal.bots.put(bot)
    for chat in portal.chats:
        if chat.welcomes_bots:
            portal.chats.put(chat.model_copy(update={"members": (*chat.members, bot.id)}))


def remove_bot(call: Invocation, bot: Bot) -> None:
    """Remove a bot with its commands and queue, and take it out of its chats."""
    portal = call.portal
    for command in portal.commands:
        if command.bot_id == bot.id:
            portal.commands.remove(command.id)
    call.events.deleted(bot)
    for chat in portal.chats:
        if bot.id in chat.members and chat.kind == "chat":
            members = tuple(member for member in chat.members if member != bot.id)
            portal.chats.put(chat.model_copy(update={"members": members}))
    portal.bots.remove(bot.id)


def _changes(fields: Json, *, current_url: str, current_mode: str) -> dict[str, Any]:
    mode = fields.get("eventMode") or current_mode
    url = fields.get("webhookUrl") or current_url
    if mode not in ("fetch", "webhook"):
        raise RestError("BOT_INVALID_EVENT_MODE", "Invalid event mode")
    if mode == "webhook" and not url:
        raise RestError("BOT_WEBHOOK_URL_REQUIRED", "Webhook URL is required")
    if url and not _URL.match(url):
        raise RestError("BOT_INVALID_CALLBACK", "Invalid webhook URL")
    changes: dict[str, Any] = {"event_mode": mode, "webhook_url": url}
    properties = fields.get("properties") or {}
    for name, field in (
        ("name", "first_name"),
        ("lastName", "last_name"),
        ("workPosition", "position"),
        ("gender", "gender"),
    ):
        if properties.get(name) is not None:
            changes[field] = properties[name]
    if properties.get("color") in COLORS:
        changes["color"] = COLORS[properties["color"]]
    for name, field in (
        ("isHidden", "hidden"),
        ("isReactionsEnabled", "reactions"),
        ("isSupportOpenline", "openline"),
    ):
        if fields.get(name) is not None:
            changes[field] = fields[name]
    if "backgroundId" in fields:
        background = fields["backgroundId"]
        changes["background"] = background if background in _BACKGROUNDS else None
    return changes


def _check_token(token: str) -> None:
    if len(token) > MAX_TOKEN:
        raise RestError(
            "BOT_TOKEN_INVALID_LENGTH", f"Bot token must not be longer than {MAX_TOKEN} characters"
        )


def _answer(portal: Portal, bot: Bot) -> Json:
    return {"bot": bot_v2(portal, bot), "users": [user_v2(bot)]}
