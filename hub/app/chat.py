"""The floor of chat: what the hub itself lets people type, and do with its own cards."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from hub.app.acting import ActingFloor
from hub.pipeline.chat.acknowledge import Acknowledging
from hub.pipeline.chat.help import Help
from hub.pipeline.chat.identity import Identity
from hub.pipeline.chat.language import LanguageChoice
from hub.pipeline.chat.maintenance import MaintenanceCommands
from hub.pipeline.chat.mute import MuteCommands
from hub.pipeline.chat.pages import Pages
from hub.pipeline.chat.status import Status
from hub.pipeline.chat.talk import Talk
from hub.pipeline.folding_words import HUB
from hub.plugin import Command, Person
from hub.registry import Declared, Instance
from hub.storage.backlog import read_backlog


class ChatFloor(ActingFloor):
    """The hub's own commands. They are declared before there is a registry, so what needs it is asked for later."""

    def own_commands(self) -> Sequence[Command]:
        """Return what can be typed and clicked of the hub itself, in the order in which ``/help`` lists it."""
        parts = (
            Help(self._usable_by),
            Status(
                portal=self.portal_watch.read,
                backlog=lambda: read_backlog(self.database),
                plugins=self.plugin_statuses.all,
                is_admin=self._is_admin,
            ),
            Talk(),
            MuteCommands(
                mutes=self.mutes,
                sources=self._sources,
                person=self._person,
                is_admin=self._is_admin,
            ),
            MaintenanceCommands(lambda: self.windows, lambda: self.holding, self.clock),
            LanguageChoice(self.preferences, self._is_admin),
            Identity(),
            Pages(self.folding),
            Acknowledging(lambda: self.escalation),
        )
        return tuple(command for part in parts for command in part.commands())

    def _is_admin(self, user: str) -> bool:
        return self.permission.is_admin(user)

    def _person(self, user: str) -> Person:
        return self.readers.person(user)

    def _usable_by(self, user: str) -> Mapping[str, Declared[Command]]:
        return self.chat_commands.usable(by_admin=self._is_admin(user))

    def _sources(self) -> Collection[str]:
        return {each.name for each in self.registry.instances() if not _tells_nobody(each)} - {HUB}


def _tells_nobody(instance: Instance) -> bool:
    """Say whether a plugin only resolves addresses, or has nothing to do by these settings."""
    declared = instance.declared
    return not (
        declared.sources or declared.portal_sources or declared.jobs or declared.timers or declared.commands
    )
