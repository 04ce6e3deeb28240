"""The addresses that stand in the settings, and what can be said of one without asking the portal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hub.settings.model import Tables

#: Schemes of the hub's own whose rest is a number of the portal's, with an address that works.
NUMBERED = {
    "user": "the number of a portal user, for example 'user:17'",
    "chat": "the number of a group chat, for example 'chat:1157'",
    "department": "the number of a department, for example 'department:5'",
    "head": "the number of a department, for example 'head:5'",
    "supervisor": "the number of a portal user, for example 'supervisor:17'",
}
_NUMBER = re.compile(r"[1-9][0-9]*", re.ASCII)
#: Stands in an escalation for the head of whoever was told first, and is no address elsewhere.
_FIRST_TOLD = "supervisor:oncall"


def malformed(address: str) -> str:
    """Return what to write instead of an address that can never work; nothing when it may."""
    scheme, _, rest = address.partition(":")
    if scheme in NUMBERED and not _NUMBER.fullmatch(rest.strip()):
        return f"{address!r} cannot be resolved; write {NUMBERED[scheme]}"
    return ""


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
