"""The bot API ``imbot.v2.*``: keeping the bot's slash commands in step with what is wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.bitrix24.batch import results
from hub.bitrix24.bot_spec import BotCommand
from hub.bitrix24.calls import Call
from hub.bitrix24.client import Client


def keep_commands(
    client: Client, owner: Mapping[str, Any], wanted: Sequence[BotCommand], *, refresh: bool
) -> list[str]:
    """Register what is missing, change what differs, take away the rest; return what was done.

    A portal shows a title only in its own language, so a change in another one goes unnoticed unless
    *refresh* sets them all.

    Args:
        owner: ``botId`` and whatever proves that it is ours.
    """
    listed = _listed(client, owner)
    calls: list[Call] = []
    changes: list[str] = []
    for command in wanted:
        shown = listed.pop(command.name, None)
        if shown is None:
            calls.append(
                _call(
                    "register", owner, fields={"command": command.name, **_fields(command), **_words(command)}
                )
            )
            changes.append(f"command {command.name}")
        elif refresh or _differs(command, shown):
            calls.append(
                _call("update", owner, commandId=shown["id"], fields={**_fields(command), **_words(command)})
            )
            changes += [f"command {command.name} changed"] if _differs(command, shown) else []
    for name, shown in listed.items():
        calls.append(_call("unregister", owner, commandId=shown["id"]))
        changes.append(f"command {name} removed")
    results(client, calls)
    return changes


def names(client: Client, owner: Mapping[str, Any]) -> frozenset[str]:
    """Return the names of the bot's commands as the portal has them.

    Raises:
        BotRefused: the bot belongs to another owner.
    """
    return frozenset(_listed(client, owner))


def _listed(client: Client, owner: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    answer = client.read("imbot.v2.Command.list", owner).result
    commands = answer.get("commands") if isinstance(answer, Mapping) else None
    return {
        str(command.get("command", "")).removeprefix("/"): command
        for command in commands or []
        if isinstance(command, Mapping)
        and command.get("id")
        and str(command.get("botId", owner["botId"])) == str(owner["botId"])
    }


def _differs(command: BotCommand, shown: Mapping[str, Any]) -> bool:
    flags = {"hidden": command.hidden, "common": command.common}
    if any(shown.get(name, wanted) != wanted for name, wanted in flags.items()):
        return True
    if not command.titles or "title" not in shown:
        return False
    words = (shown["title"] or "", shown.get("params") or "")
    return words not in [(title, command.params.get(lang, "")) for lang, title in command.titles.items()]


def _fields(command: BotCommand) -> dict[str, Any]:
    # Y and N are read alike in JSON and in a batch command, where booleans become 1 and 0
    return {"hidden": "Y" if command.hidden else "N", "common": "Y" if command.common else "N"}


def _words(command: BotCommand) -> dict[str, Any]:
    if not command.titles:
        return {}
    # a hint that is not given stays as it was, and only counts for a language whose title is given
    hints = {language: command.params.get(language, "") for language in command.titles}
    return {"title": dict(command.titles), "params": hints}


def _call(verb: str, owner: Mapping[str, Any], **params: Any) -> Call:
    return Call(f"imbot.v2.Command.{verb}", {**owner, **params})
