"""The bot: there, ours, of the type that the settings want, with its commands, by which API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from hub.bitrix24 import Client, Done, EventFeed, Failed, execute
from hub.bitrix24.errors import OutcomeUnknown
from hub.pipeline.bot import Bot
from hub.pipeline.doctor.finding import Finding, fail, ok, warn
from hub.pipeline.render.keyboard import COMMAND


def api(bot: Bot, wanted: Literal["auto", "v2", "v1"]) -> Iterator[Finding]:
    """Check which of the portal's bot APIs is used, and why."""
    used = bot.api()
    why = "the newest that the portal offers" if wanted == "auto" else "bot.api says so"
    if used == "v1":
        advice = (
            'a message whose answer is lost may be shown twice; set bot.api = "auto" once the portal has v2'
        )
        yield warn("bot api", f"v1, {why}", advice)
    else:
        yield ok("bot api", f"v2, {why}")


def registration(bot: Bot, code: str, kind: str) -> Iterator[Finding]:
    """Check that the bot is registered and ours, and that its commands are in step."""
    found = bot.find()
    if found is None:
        message = f"the portal has no bot {code!r} yet"
        yield warn("bot", message, "the running hub registers it by itself; 'hub bot register' does it now")
        return
    commands = bot.commands_of(found)  # refused, where it is not ours
    said = f"{found.code} is user {found.id} and ours"
    if found.type and found.type != kind:
        message = f"{said}, but a {found.type!r} and no {kind!r}"
        yield warn(
            "bot", message, "a portal never changes the type: 'hub bot unregister', or another bot.code"
        )
    else:
        yield ok("bot", said)
    if commands is not None:
        yield _commands(*commands)


def _commands(wanted: frozenset[str], there: frozenset[str]) -> Finding:
    if COMMAND not in there:
        message = f"the command {COMMAND!r} behind all buttons is not registered"
        return fail("commands", message, "'hub bot register' sets it right")
    if wanted != there:
        parts = [
            f"{what}: {', '.join(sorted(names))}"
            for what, names in (("missing", wanted - there), ("too many", there - wanted))
            if names
        ]
        return warn(
            "commands", "; ".join(parts), "'hub bot register' sets them right; the hub does so at its start"
        )
    return ok("commands", f"{', '.join(sorted(there))}: in step")


def queue(client: Client, bot: Bot, token: str | None) -> Iterator[Finding]:
    """Check that clicks can be fetched; looking confirms none of them."""
    found = bot.find()
    if found is None:
        return
    feed = EventFeed(found.id, token)
    match execute(client, [feed.call(None, 1)], repeatable=True):
        case [Done(answer=answer)]:
            page = feed.read(answer.result, None)
            yield ok("clicks", "can be fetched" + (", some wait" if page.events else ""))
        case [Failed(error=error)]:
            raise error
        case _:
            raise OutcomeUnknown("imbot.v2.Event.get: not executed")
