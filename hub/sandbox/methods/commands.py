"""`imbot.v2.Command.*`."""

import re

from hub.sandbox.errors import RestError
from hub.sandbox.messenger import Draft
from hub.sandbox.methods.messages import content
from hub.sandbox.model import Bot, BotCommand, Json
from hub.sandbox.ownership import BOT_V2, own_bot_v2, reach_dialog
from hub.sandbox.parameters import anything, boolean, integer, mapping, string
from hub.sandbox.registry import Invocation, method
from hub.sandbox.views import command_v2

_NAME = re.compile(r"^[A-Za-z0-9]+$")
_FIELDS = (
    string("command"),
    mapping("title"),
    mapping("params"),
    boolean("common"),
    boolean("hidden"),
    boolean("extranetSupport"),
)
_COMMAND_ID = integer("commandId", missing="100")


@method("imbot.v2.Command.register", *BOT_V2, mapping("fields", *_FIELDS, missing="100"), scope="imbot")
def register(call: Invocation) -> Json:
    bot = own_bot_v2(call)
    fields = call.params["fields"]
    name = (fields.get("command") or "").removeprefix("/")
    if not name:
        raise RestError("COMMAND_REQUIRED", "Command is required")
    if not _NAME.match(name):
        raise RestError("COMMAND_NAME_INVALID", "Command may contain only latin letters and digits")
    if not fields.get("hidden") and not fields.get("title"):
        raise RestError("COMMAND_TITLE_REQUIRED", "Command title is required")
    command = find_command(call, bot, name)
    if command is None:
        command = call.portal.commands.put(
            BotCommand(
                id=call.portal.commands.next_id(),
                bot_id=bot.id,
                command=name,
                title=fields.get("title") or {},
                params=fields.get("params") or {},
                common=bool(fields.get("common")),
                hidden=bool(fields.get("hidden")),
                extranet=bool(fields.get("extranetSupport")),
            )
        )
    return {"command": command_v2(command)}


@method(
    "imbot.v2.Command.update", *BOT_V2, _COMMAND_ID, mapping("fields", *_FIELDS, missing="100"), scope="imbot"
)
def update(call: Invocation) -> Json:
    bot = own_bot_v2(call)
    command = _own_command(call, bot)
    fields = call.params["fields"]
    changes = {
        stored: fields[name]
        for name, stored in (
            ("common", "common"),
            ("hidden", "hidden"),
            ("extranetSupport", "extranet"),
        )
        if fields.get(name) is not None
    }
    if fields.get("title"):
        changes["title"], changes["params"] = _reworded(command, fields["title"], fields.get("params") or {})
    if "command" in fields:
        changes["command"] = _new_name(call, bot, command, fields["command"])
    return {"command": command_v2(call.portal.commands.put(command.model_copy(update=changes)))}


@method("imbot.v2.Command.list", *BOT_V2, scope="imbot")
def list_commands(call: Invocation) -> Json:
    bot = own_bot_v2(call)
    return {
        "commands": [
            {
                **command_v2(command),
                "title": _in_language(command.title, call.portal.options.language),
                "params": _in_language(command.params, call.portal.options.language),
                "category": bot.name,
                "context": "",
            }
            for command in call.portal.commands
            if command.bot_id == bot.id
        ]
    }


@method("imbot.v2.Command.unregister", *BOT_V2, _COMMAND_ID, scope="imbot")
def unregister(call: Invocation) -> Json:
    command = _own_command(call, own_bot_v2(call))
    call.portal.commands.remove(command.id)
    return {"result": True}


@method(
    "imbot.v2.Command.answer",
    *BOT_V2,
    _COMMAND_ID,
    integer("messageId", missing="100"),
    string("dialogId", missing="100"),
    mapping(
        "fields",
        string("message"),
        anything("attach"),
        anything("keyboard"),
        boolean("system"),
        boolean("urlPreview"),
    ),
    scope="imbot",
)
def answer(call: Invocation) -> Json:
    bot = own_bot_v2(call)
    _own_command(call, bot)
    asked = call.portal.messages.get(call.params["messageId"])
    if asked is None:
        raise RestError("COMMAND_ANSWER_FAILED", "Command answer failed")
    chat = call.portal.chats[asked.chat_id]
    foreign = bot.id not in chat.members
    if not foreign:
        chat = reach_dialog(call.portal, bot.id, call.params["dialogId"])
    fields = call.get("fields", {})
    call.messenger.post(
        Draft(
            chat=chat,
            author_id=bot.id,
            system=foreign or bool(fields.get("system")),
            **content(call, fields, bot),
        )
    )
    return {"result": True}


def find_command(call: Invocation, bot: Bot, name: str) -> BotCommand | None:
    """Return the bot's command *name*, if registered."""
    return next((c for c in call.portal.commands if c.bot_id == bot.id and c.command == name), None)


def _in_language(words: dict[str, str], language: str) -> str:
    """Return what the portal shows: its own language, else English, else any."""
    return words.get(language) or words.get("en") or next(iter(words.values()), "")


def _reworded(command: BotCommand, titles: Json, params: Json) -> tuple[Json, Json]:
    """Return titles and hints after an update: null removes a language, hints follow the titles given."""
    title, hints = dict(command.title), dict(command.params)
    for language, text in titles.items():
        if text is None:
            title.pop(language, None)
            hints.pop(language, None)
        else:
            title[language] = str(text)
            if language in params:
                hints[language] = str(params[language] or "")
    return title, hints


def _own_command(call: Invocation, bot: Bot) -> BotCommand:
    command = call.portal.commands.get(call.params["commandId"])
    if command is None or command.bot_id != bot.id:
        raise RestError("COMMAND_NOT_FOUND", "Command not found")
    return command


def _new_name(call: Invocation, bot: Bot, command: BotCommand, given: str | None) -> str:
    name = (given or "").removeprefix("/")
    if not name:
        raise RestError("COMMAND_NAME_EMPTY", "Command name is empty")
    if not _NAME.match(name):
        raise RestError("COMMAND_NAME_INVALID", "Command may contain only latin letters and digits")
    taken = find_command(call, bot, name)
    if taken is not None and taken.id != command.id:
        raise RestError("COMMAND_ALREADY_EXISTS", "Command already exists")
    return name
