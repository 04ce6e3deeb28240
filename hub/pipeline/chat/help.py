"""``/help``, and what somebody hears who types a command that nobody knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from itertools import groupby

from hub.pipeline.act.chat_commands import portal_name
from hub.pipeline.act.incoming import UNKNOWN
from hub.pipeline.folding_words import HUB
from hub.plugin import Command, CommandCall, Reply, T, Text, Value, Who, Words, bold, lines
from hub.registry import Declared

#: Characters of a command that are repeated to who typed it.
_QUOTED = 40

Usable = Mapping[str, Declared[Command]]


class Help:
    """Tells people what they can type.

    Args:
        usable: the commands that a user may use, by the name to type.
    """

    def __init__(self, usable: Callable[[str], Usable]) -> None:
        self._usable = usable

    def commands(self) -> Iterable[Command]:
        """Return ``/help`` and the answer to what is no command."""
        yield Command(
            name="help",
            summary="What I can do",
            usage="(command)",
            handler=self._help,
            who=Who.ANYONE,
            chat=True,
            idempotent=True,
        )
        yield Command(
            name=UNKNOWN,
            summary="Answer an unknown command",
            handler=self._unknown,
            who=Who.ANYONE,
            idempotent=True,
        )

    def _help(self, call: CommandCall) -> Reply:
        usable = self._usable(call.actor)
        if not call.text:
            return Reply(text=lines(*_list(usable)))
        word = call.text.split()[0]
        name = portal_name(word[:_QUOTED])
        if name not in usable:
            return Reply(text=_do_not_know(word, usable))
        return Reply(text=lines(*_explained(name, usable[name])))

    def _unknown(self, call: CommandCall) -> Reply:
        return Reply(text=_do_not_know(call.text, self._usable(call.actor)))


def _list(usable: Usable) -> Iterator[Value]:
    yield bold(T("You can type:"))
    for instance, commands in groupby(usable.items(), key=lambda each: each[1].instance.name):
        if instance != HUB:
            yield bold(instance)
        yield from (_line(name, command.item) for name, command in commands)


def _explained(name: str, command: Declared[Command]) -> Iterator[Value]:
    yield _line(name, command.item)
    if command.instance.name != HUB:
        yield T("It belongs to {instance}.", instance=command.instance.name)
    if command.item.who is Who.ADMIN:
        yield T("Only administrators of the hub may use it.")


def _line(name: str, command: Command) -> Words:
    summary = _translatable(command.summary)
    if not command.usage:
        return T("/{name} — {summary}", name=name, summary=summary)
    usage = _translatable(command.usage)
    return T("/{name} {usage} — {summary}", name=name, usage=usage, summary=summary)


def _translatable(words: str) -> Words:
    """Return words that their plugin's catalogue may know; those with braces are shown as they are."""
    return words if "{" in words or "}" in words else Text(id=words)


def _do_not_know(word: str, usable: Usable) -> Words:
    name = portal_name(word[:_QUOTED])
    shown = word.removeprefix("/")
    shown = f"{shown[:_QUOTED]}…" if len(shown) > _QUOTED else shown
    near = get_close_matches(name, usable, n=1)
    if near:
        return T(
            "I do not know /{word}. Did you mean /{near}? /help lists what I know.", word=shown, near=near[0]
        )
    return T("I do not know /{word}. /help lists what I know.", word=shown)
