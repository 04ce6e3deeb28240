"""The bot API ``imbot.*``: making the bot be as the settings want it.

A portal shows hardly anything of a bot here, so all of it is set each time. Registering a code again
returns the bot that has it, *whoever owns it*; the update that follows is what verifies ownership.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hub.bitrix24.bot import BotIdentity
from hub.bitrix24.bot_spec import BotSpec
from hub.bitrix24.bot_v1 import owner
from hub.bitrix24.client import Client
from hub.bitrix24.commands_v1 import CommandsV1
from hub.bitrix24.errors import OutcomeUnknown

_TYPES = {"bot": "B", "supervisor": "S", "openline": "O"}


class BotRegistrationV1:
    """Registers, shows and removes bots; every call here may run twice.

    Events cannot be fetched: a bot needs a `BotSpec.webhook_url`. A bot that v2 registered keeps
    sending its events as v2 does, and the other way round, until it is unregistered once. Whether a
    bot is hidden cannot be said.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def find(self, code: str, token: str | None) -> BotIdentity | None:
        """Return the bot with *code*; None when there is none, or the portal hides another owner's."""
        found = self._listed(code, token)
        return None if found is None else BotIdentity(id=str(found["ID"]), code=code, type="")

    def ensure(self, spec: BotSpec, *, refresh: bool = False) -> BotIdentity:
        handler = _handler(spec)
        found = self._listed(spec.code, spec.token)
        changes: list[str] = []
        if found is None:
            bot_id = self._register(spec)
            changes += ["registered", *(f"command {command.name}" for command in spec.commands)]
        else:
            bot_id = _bot_id(found["ID"])
            changes += ["properties"] if found.get("NAME", spec.name) != spec.name else []
        fields = {**_handlers(handler), "PROPERTIES": _properties(spec)}
        self._client.read("imbot.update", {"BOT_ID": bot_id, **owner(spec.token), "FIELDS": fields})
        commands = CommandsV1(self._client, bot_id, owner(spec.token), handler)
        commands.keep(spec.commands, refresh=refresh and found is not None)
        wanted = {command.name for command in spec.commands}
        changes += commands.remove([name for name in spec.retired if name not in wanted])
        return BotIdentity(
            id=str(bot_id), code=spec.code, type="" if found else spec.type, changes=tuple(changes)
        )

    def unregister(self, bot_id: str, token: str | None) -> None:
        """Remove the bot together with its private chats."""
        self._client.call("imbot.unregister", {"BOT_ID": int(bot_id), **owner(token)})

    def _listed(self, code: str, token: str | None) -> Mapping[str, Any] | None:
        bots = self._client.read("imbot.bot.list", owner(token)).result
        rows = bots.values() if isinstance(bots, Mapping) else bots if isinstance(bots, list) else ()
        return next(
            (row for row in rows if isinstance(row, Mapping) and row.get("CODE") == code and row.get("ID")),
            None,
        )

    def _register(self, spec: BotSpec) -> int:
        params = {
            "CODE": spec.code,
            "TYPE": _TYPES[spec.type],
            **_handlers(_handler(spec)),
            **owner(spec.token),
            "PROPERTIES": _properties(spec),
        }
        return _bot_id(self._client.read("imbot.register", params).result)


def _handler(spec: BotSpec) -> str:
    if spec.webhook_url is None:
        raise ValueError("bots of the API v1 cannot fetch events; give a public address to send them to")
    if spec.type not in _TYPES:
        raise ValueError(f"the API v1 has no bots of the type {spec.type!r}, use 'bot' or 'supervisor'")
    return spec.webhook_url


def _handlers(url: str) -> dict[str, str]:
    """Return where each event goes; one address for all has a name too, but not every portal takes it."""
    return {"EVENT_MESSAGE_ADD": url, "EVENT_WELCOME_MESSAGE": url, "EVENT_BOT_DELETE": url}


def _properties(spec: BotSpec) -> dict[str, str]:
    color = re.sub(r"(?=[A-Z])", "_", spec.color).upper()
    position = {"WORK_POSITION": spec.position} if spec.position else {}
    return {"NAME": spec.name, "COLOR": color, **position}


def _bot_id(result: Any) -> int:
    if not isinstance(result, int | str) or isinstance(result, bool) or not str(result).isdecimal():
        raise OutcomeUnknown("the portal registered a bot and gave no id for it")
    return int(result)
