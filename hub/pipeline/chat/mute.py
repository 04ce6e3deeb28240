"""``/mute`` and ``/unmute``: what a dialog does not want to be told of for a while."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from hub.pipeline.act.refusal import Refused
from hub.pipeline.chat.mute_words import begun, ended, how, listed, read_wish
from hub.pipeline.chat.place import check_may_change, is_in_group
from hub.pipeline.muting import ALL
from hub.plugin import Command, CommandCall, Person, Reply, T, Who, lines
from hub.storage.mutes import MOST, MuteRows


class MuteCommands:
    """Keeps the mutes of a dialog: a person's own, or a group's.

    Args:
        sources: the instances there are.
        person: somebody by user id.
    """

    def __init__(
        self,
        *,
        mutes: MuteRows,
        sources: Callable[[], Collection[str]],
        person: Callable[[str], Person],
        is_admin: Callable[[str], bool],
    ) -> None:
        self._mutes = mutes
        self._sources = sources
        self._person = person
        self._is_admin = is_admin

    def commands(self) -> Iterable[Command]:
        """Return ``/mute`` and ``/unmute``."""
        yield Command(
            name="mute",
            summary="No new messages for a while",
            usage="2h (source)",
            handler=self._mute,
            who=Who.ANYONE,
            chat=True,
            idempotent=True,
        )
        yield Command(
            name="unmute",
            summary="New messages come again",
            usage="(source)",
            handler=self._unmute,
            who=Who.ANYONE,
            chat=True,
            idempotent=True,
        )

    def _mute(self, call: CommandCall) -> Reply:
        if not call.text.strip():
            person = self._person if is_in_group(call) else None
            return Reply(text=lines(*listed(self._mutes.of(call.dialog), person), how()))
        check_may_change(call, self._is_admin)
        wish = read_wish(call.text, self._sources())
        mute = self._mutes.put(
            call.dialog, wish.what, critical=wish.critical, actor=call.actor, length=wish.length
        )
        if mute is None:
            raise Refused(T("Too much is muted here; /unmute ends it."), f"{call.dialog} has {MOST} mutes")
        return Reply(text=begun(mute))

    def _unmute(self, call: CommandCall) -> Reply:
        check_may_change(call, self._is_admin)
        what = call.text.strip().lower() or ALL
        if not self._mutes.end(call.dialog, None if what == ALL else what):
            return Reply(text=lines(*listed(self._mutes.of(call.dialog), None)))
        others = self._mutes.of(call.dialog)
        return Reply(text=lines(ended(what), *(listed(others, None) if others else ())))
