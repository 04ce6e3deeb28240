"""`imbot.v2.Event.get` and `im.message.command`: bot events polled, and a click simulated."""

from datetime import timedelta

from hub.sandbox.bot_events import shown_event
from hub.sandbox.errors import RestError
from hub.sandbox.model import Json
from hub.sandbox.ownership import BOT_V2, own_bot_v2
from hub.sandbox.parameters import boolean, integer, string
from hub.sandbox.registry import Invocation, method

#: How long an event waits to be fetched.
_RETENTION = timedelta(hours=24)
_MAX_LIMIT = 1000


@method(
    "imbot.v2.Event.get",
    *BOT_V2,
    integer("offset"),
    integer("limit"),
    boolean("withUserEvents"),
    scope="imbot",
)
def get(call: Invocation) -> Json:
    bot = own_bot_v2(call)
    offset, limit = call.get("offset", 0), call.get("limit", 100)
    if not 1 <= limit <= _MAX_LIMIT:
        raise RestError("ERROR_ARGUMENT", f"Argument 'limit' must be between 1 and {_MAX_LIMIT}")
    expired = call.portal.clock.now() - _RETENTION
    waiting = []
    for event in call.portal.events:
        if event.bot_id != bot.id:
            continue
        if event.id < offset or event.at < expired:
            call.portal.events.remove(event.id)
        else:
            waiting.append(event)
    page = waiting[:limit]
    return {
        "events": [shown_event(event) for event in page],
        "nextOffset": page[-1].id + 1 if page else offset,
        "hasMore": len(waiting) > limit,
    }


@method(
    "im.message.command",
    integer("MESSAGE_ID", missing="MESSAGE_ID_ERROR"),
    integer("BOT_ID", missing="BOT_ID_ERROR"),
    string("COMMAND", missing="COMMAND_ERROR"),
    string("COMMAND_PARAMS"),
    scope="im",
    ignore_case=True,
)
def command(call: Invocation) -> bool:
    message = call.portal.messages.get(call.params["MESSAGE_ID"])
    if message is None or call.caller.user_id not in call.portal.chats[message.chat_id].members:
        raise RestError("MESSAGE_ID_ERROR", "Message not found")
    if call.params["BOT_ID"] not in call.portal.bots:
        raise RestError("BOT_ID_ERROR", "Bot not found")
    text = f"/{call.params['COMMAND'].removeprefix('/')} {call.get('COMMAND_PARAMS', '')}".rstrip()
    call.events.commands_in(
        text,
        "keyboard",
        call.portal.chats[message.chat_id],
        message,
        call.portal.people[call.caller.user_id],
        bot_id=call.params["BOT_ID"],
    )
    return True
