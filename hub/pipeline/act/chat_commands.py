"""Chat commands: what can be typed, and what it is called there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from hub.bitrix24 import BotCommand
from hub.i18n import LANGUAGES, Catalogues
from hub.pipeline.folding_words import HUB
from hub.pipeline.readers import package_of
from hub.pipeline.render.keyboard import COMMAND
from hub.plugin import Command, Who
from hub.registry import Declared, Registry

_NOT_FOR_PORTALS = re.compile(r"[^a-z0-9]")


class ChatCommands:
    """Finds commands by what people type.

    The hub's own keep their names. Of others that share one, each has its instance's name in front.
    """

    def __init__(self, registry: Registry, catalogues: Catalogues) -> None:
        self._registry = registry
        self._catalogues = catalogues

    def all(self) -> Mapping[str, Declared[Command]]:
        """Return the commands that can be typed, by name: small letters and digits, which is all a portal takes.

        The hub's own come first, then those of each plugin.
        """
        declared = [each for each in self._registry.commands() if each.item.chat]
        declared.sort(key=lambda each: (each.instance.name != HUB, each.instance.name))
        found: dict[str, Declared[Command]] = {}
        for name, command in _named(declared):
            found.setdefault(name, command)
        return found

    def usable(self, *, by_admin: bool) -> Mapping[str, Declared[Command]]:
        """Return the commands that somebody may use."""
        return {name: each for name, each in self.all().items() if by_admin or each.item.who is not Who.ADMIN}

    def find(self, word: str) -> Declared[Command] | None:
        """Return the command that somebody typed, with or without slash, hyphens and capitals."""
        return self.all().get(portal_name(word))

    def is_declared(self, instance: str, command: str) -> bool:
        """Say whether an instance has a command now, typed or not."""
        return self._registry.command(instance, command) is not None

    def for_portal(self, *, common: bool) -> list[BotCommand]:
        """Return what the bot registers: the hidden command behind all buttons, then those that can be typed.

        Args:
            common: buttons are to work where the bot is not a member.
        """
        typed = (self._shown(name, command) for name, command in self.all().items())
        return [BotCommand(name=COMMAND, hidden=True, common=common), *typed]

    def _shown(self, name: str, command: Declared[Command]) -> BotCommand:
        package = package_of(command.instance.plugin)
        words = {language: self._catalogues.of(package, language) for language in LANGUAGES}
        summary, usage = command.item.summary, command.item.usage
        return BotCommand(
            name=name,
            titles={language: each.template(summary) for language, each in words.items()},
            params={language: each.template(usage) for language, each in words.items()},
        )


def portal_name(word: str) -> str:
    """Return *word* as the name of a command at the portal."""
    return _NOT_FOR_PORTALS.sub("", word.lower())


def _named(declared: list[Declared[Command]]) -> Iterator[tuple[str, Declared[Command]]]:
    taken = {COMMAND, *(portal_name(each.item.name) for each in declared if each.instance.name == HUB)}
    times = Counter(portal_name(each.item.name) for each in declared)
    for each in declared:
        name = portal_name(each.item.name)
        if each.instance.name != HUB and (name in taken or times[name] > 1):
            name = portal_name(f"{each.instance.name}{each.item.name}")
        yield name, each
