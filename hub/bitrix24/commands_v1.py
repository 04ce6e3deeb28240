"""The bot API ``imbot.*``: keeping the bot's slash commands in step with what is wanted.

v1 cannot list commands. But registering one again changes nothing and tells its number, so a name
is all that needs to be remembered, and that is left to the caller (`BotSpec.retired`): each
command is registered, whether it is there or not, and then changed to what is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.bitrix24.batch import results
from hub.bitrix24.bot_spec import BotCommand
from hub.bitrix24.calls import Call
from hub.bitrix24.client import Client
from hub.bitrix24.errors import OutcomeUnknown


class CommandsV1:
    """The commands of one bot.

    Args:
        bot_id: the bot's user id.
        owner: what proves that it is ours, see `hub.bitrix24.bot_v1.owner`.
        handler: where their events are sent.
    """

    def __init__(self, client: Client, bot_id: int, owner: Mapping[str, str], handler: str) -> None:
        self._client = client
        self._bot_id = bot_id
        self._owner = owner
        self._handler = handler

    def keep(self, wanted: Sequence[BotCommand], *, refresh: bool) -> None:
        """Register what is missing and set what is wanted; a portal tells nothing of what it changed.

        An update cannot make a command `common` or stop it being so; *refresh* can, by taking each away
        and registering it anew.
        """
        numbers = self._register(wanted)
        if refresh:
            self._unregister(numbers)
            self._register(wanted)
        else:
            pairs = zip(wanted, numbers, strict=True)
            results(self._client, [self._update(command, number) for command, number in pairs])

    def remove(self, names: Sequence[str]) -> list[str]:
        """Take away the commands with these names, if they are there; return what was done."""
        self._unregister(self._register([BotCommand(name=name, hidden=True) for name in names]))
        return [f"command {name} removed" for name in names]

    def _register(self, commands: Sequence[BotCommand]) -> list[int]:
        calls = [
            Call(
                "imbot.command.register",
                {
                    "BOT_ID": self._bot_id,
                    **self._owner,
                    "COMMAND": command.name,
                    "COMMON": _flag(command.common),
                    **self._fields(command),
                },
            )
            for command in commands
        ]
        return [_number(found) for found in results(self._client, calls)]

    def _update(self, command: BotCommand, number: int) -> Call:
        params = {"COMMAND_ID": number, **self._owner, "FIELDS": self._fields(command)}
        return Call("imbot.command.update", params)

    def _unregister(self, numbers: Sequence[int]) -> None:
        calls = [
            Call("imbot.command.unregister", {"COMMAND_ID": number, **self._owner}) for number in numbers
        ]
        results(self._client, calls)

    def _fields(self, command: BotCommand) -> dict[str, Any]:
        # the documentation wants a title of hidden commands too
        titles = command.titles or {"en": command.name}
        return {
            "HIDDEN": _flag(command.hidden),
            "EVENT_COMMAND_ADD": self._handler,
            "LANG": [
                {"LANGUAGE_ID": language, "TITLE": title, "PARAMS": command.params.get(language, "")}
                for language, title in titles.items()
            ],
        }


def _flag(value: bool) -> str:
    return "Y" if value else "N"


def _number(result: Any) -> int:
    if not isinstance(result, int | str) or not str(result).isdecimal():
        raise OutcomeUnknown("the portal registered a command and gave no number for it")
    return int(result)
