"""Handing over: who is told that somebody else is responsible now."""

from __future__ import annotations

from hub_plugin_crm.audience import Audiences
from hub_plugin_crm.entities import Entity
from hub_plugin_crm.items import Item
from hub_plugin_crm.memory import Memory, Seen
from hub_plugin_crm.names import Names
from hub_plugin_crm.settings import About


class Handover:
    """Judges the objects of one kind."""

    def __init__(self, entity: Entity, memory: Memory, names: Names, audiences: Audiences) -> None:
        self._entity = entity
        self._memory = memory
        self._names = names
        self._audiences = audiences

    def told_to(self, item: Item, seen: Seen) -> tuple[str, ...]:
        """Return who is told: the new person and the one before, but nobody of what they did themselves."""
        if not item.responsible or item.responsible == seen.responsible:
            return ()
        if self._memory.is_echo(item.id, "assignedById", item.responsible):
            return ()
        audience = self._audiences.of(About.ASSIGNED, self._entity, item)
        if audience.nobody:
            return ()
        before = self._names.user(seen.responsible)
        to = [*audience.to, *([f"user:{before.id}"] if before is not None and before.active else [])]
        return tuple(address for address in dict.fromkeys(to) if address != f"user:{item.updated_by}")
