"""``/id``: the addresses that an operator writes into the settings."""

from __future__ import annotations

from collections.abc import Iterable

from hub.pipeline.chat.place import is_in_group
from hub.plugin import Command, CommandCall, Reply, T, Who, bold, lines


class Identity:
    """Tells people their address, and a group's."""

    def commands(self) -> Iterable[Command]:
        """Return ``/id``."""
        yield Command(
            name="id",
            summary="Your address and this chat's",
            handler=self._id,
            who=Who.ANYONE,
            chat=True,
            idempotent=True,
        )

    def _id(self, call: CommandCall) -> Reply:
        you = T("You are {address}.", address=bold(f"user:{call.actor}"))
        if not is_in_group(call):
            return Reply(text=you)
        chat = bold(f"chat:{call.dialog.removeprefix('chat')}")
        return Reply(text=lines(you, T("This chat is {address}.", address=chat)))
