"""The addresses that stand in the settings, and what can be said of one without asking the portal."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from hub.settings.model import CHAT_NAME, Tables
from hub.settings.problems import did_you_mean

#: Schemes of the hub's own whose rest is a number of the portal's, with an address that works; chats have names, too.
NUMBERED = {
    "user": "the number of a portal user, for example 'user:17'",
    "chat": "the number of a group chat or its name in the settings, for example 'chat:1157' or 'chat:ops'",
    "department": "the number of a department, for example 'department:5'",
    "head": "the number of a department, for example 'head:5'",
    "supervisor": "the number of a portal user, for example 'supervisor:17'",
}
_NUMBER = re.compile(r"[1-9][0-9]*", re.ASCII)
_CHAT_NAME = re.compile(CHAT_NAME, re.ASCII)
#: Stands in an escalation for the head of whoever was told first, and is no address elsewhere.
_FIRST_TOLD = "supervisor:oncall"


def malformed(address: str) -> str:
    """Return what to write instead of an address that can never work; nothing when it may."""
    scheme, _, rest = address.partition(":")
    if scheme in NUMBERED and not (_NUMBER.fullmatch(rest.strip()) or named_chat(address)):
        return f"{address!r} cannot be resolved; write {NUMBERED[scheme]}"
    return ""


def named_chat(address: str) -> str:
    """Return the name of the chat that *address* means; nothing when it means none by name."""
    scheme, _, rest = address.partition(":")
    name = rest.strip()
    return name if scheme == "chat" and _CHAT_NAME.fullmatch(name) else ""


def unknown_chat(address: str, chats: Collection[str]) -> str:
    """Return what is wrong with an address that means a chat by a name which is not among *chats*."""
    name = named_chat(address)
    if not name or name in chats:
        return ""
    hint = f"; {did_you_mean(name, chats)}" if chats else ""
    return f"there is no chat {name!r}; write a table [chats.{name}] with its title and users{hint}"


def addresses(settings: Tables) -> Iterator[tuple[str, str]]:
    """Return key path and address of all that stand in the hub's own tables."""
    yield "bot.fallback", settings.bot.fallback
    yield from _numbered("hub.admins", settings.hub.admins)
    for number, route in enumerate(settings.routes):
        yield from _numbered(f"routes[{number}].to", route.to)
    for name, chat in settings.chats.items():
        yield from _numbered(f"chats.{name}.users", chat.users)
    for name, plan in settings.oncall.items():
        for number, layer in enumerate(plan.layers):
            yield from _numbered(f"oncall.{name}.layers[{number}].users", layer.users)
        for number, override in enumerate(plan.overrides):
            yield f"oncall.{name}.overrides[{number}].user", override.user
        for number, step in enumerate(plan.escalation):
            told = _numbered(f"oncall.{name}.escalation[{number}].to", step.to)
            yield from (each for each in told if each[1] != _FIRST_TOLD)
    for name, heartbeat in settings.heartbeats.items():
        yield from _numbered(f"heartbeats.{name}.to", heartbeat.to)


def _numbered(place: str, found: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield from ((f"{place}[{number}]", address) for number, address in enumerate(found))
