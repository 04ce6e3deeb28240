"""The bot API ``imbot.v2.*``: making the bot be as the settings want it.

A portal returns an existing bot of ours unchanged when it is registered again, and refuses when
the code belongs to somebody else; so registering is also how ownership is verified.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.bitrix24.bot import BotIdentity
from hub.bitrix24.bot_spec import BotSpec
from hub.bitrix24.client import Client
from hub.bitrix24.commands_v2 import keep_commands
from hub.bitrix24.errors import BotRefused, OutcomeUnknown


class BotRegistrationV2:
    """Registers, shows and removes bots; every call here may run twice.

    A bot that v1 registered keeps posting its events as v1 does until it is unregistered once.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def find(self, code: str, token: str | None) -> BotIdentity | None:
        """Return the bot with *code*, whoever owns it; None when there is none."""
        found = self._get(code, token)
        return None if found is None else _identity(found["bot"])

    def ensure(self, spec: BotSpec, *, refresh: bool = False) -> BotIdentity:
        found = self._get(spec.code, spec.token)
        changes: list[str] = []
        if found is None or "eventMode" not in found["bot"]:  # other owners' bots are shown in short
            changes += ["registered"] if found is None else []
            found = self._bot("imbot.v2.Bot.register", {"fields": _registration(spec)})
        bot = found["bot"]
        if differing := _differences(spec, found, refresh=refresh and "registered" not in changes):
            params = {"botId": bot["id"], **_owner(spec.token), "fields": differing}
            bot = self._bot("imbot.v2.Bot.update", params)["bot"]
            changes += differing
        if bot.get("code") != spec.code:
            raise BotRefused(f"the portal answers with the bot {bot.get('code')!r} instead of {spec.code!r}")
        owner = {"botId": bot["id"], **_owner(spec.token)}
        changes += keep_commands(self._client, owner, spec.commands, refresh=refresh)
        return _identity(bot, tuple(changes))

    def unregister(self, bot_id: str, token: str | None) -> None:
        """Remove the bot together with its private chats."""
        self._client.call("imbot.v2.Bot.unregister", {"botId": int(bot_id), **_owner(token)})

    def _get(self, code: str, token: str | None) -> Mapping[str, Any] | None:
        try:
            return self._bot("imbot.v2.Bot.get", {"code": code, **_owner(token)})
        except BotRefused as error:
            if error.code.upper() == "BOT_NOT_FOUND":
                return None
            raise

    def _bot(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        result = self._client.read(method, params).result
        bot = result.get("bot") if isinstance(result, Mapping) else None
        if not isinstance(bot, Mapping) or not bot.get("id"):
            raise OutcomeUnknown(f"{method}: an answer without a bot", method=method)
        return {"bot": bot, "users": result.get("users") or []}


def _owner(token: str | None) -> dict[str, str]:
    return {} if token is None else {"botToken": token}


def _registration(spec: BotSpec) -> dict[str, Any]:
    return {
        "code": spec.code,
        **_owner(spec.token),
        "type": spec.type,
        "properties": _properties(spec),
        "isHidden": spec.hidden,
        **_events(spec),
    }


def _properties(spec: BotSpec) -> dict[str, Any]:
    return {"name": spec.name, "color": spec.color, "workPosition": spec.position}


def _events(spec: BotSpec) -> dict[str, Any]:
    if spec.webhook_url is None:
        return {"eventMode": "fetch"}
    return {"eventMode": "webhook", "webhookUrl": spec.webhook_url}


def _differences(spec: BotSpec, found: Mapping[str, Any], *, refresh: bool) -> dict[str, Any]:
    """Return the fields to update; colour and handler are not shown by a portal, so not compared."""
    bot = found["bot"]
    person: Mapping[str, Any] = next((u for u in found["users"] if str(u.get("id")) == str(bot["id"])), {})
    fields: dict[str, Any] = {}
    # a bot without a position is shown with one in the portal's own words
    shown = (person.get("name", spec.name), (spec.position and person.get("workPosition")) or "")
    if refresh or (person and shown != (spec.name, spec.position)):
        fields["properties"] = _properties(spec)
    if bot.get("isHidden", spec.hidden) != spec.hidden:
        fields["isHidden"] = spec.hidden
    events = _events(spec)
    if bot.get("eventMode", events["eventMode"]) != events["eventMode"] or (refresh and spec.webhook_url):
        fields.update(events)
    return fields


def _identity(bot: Mapping[str, Any], changes: tuple[str, ...] = ()) -> BotIdentity:
    return BotIdentity(
        id=str(bot["id"]), code=str(bot.get("code", "")), type=str(bot.get("type", "")), changes=changes
    )
