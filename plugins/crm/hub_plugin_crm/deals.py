"""Deals and items of smart processes: told when they come into another stage or to another person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from hub.plugin import Notification, PortalObject
from hub_plugin_crm.audience import Audiences
from hub_plugin_crm.crm import Crm
from hub_plugin_crm.deal_cards import DealCards
from hub_plugin_crm.entities import DEAL, Entity
from hub_plugin_crm.handover import Handover
from hub_plugin_crm.history import History, Move, read_move
from hub_plugin_crm.items import Item
from hub_plugin_crm.memory import Memory, Seen
from hub_plugin_crm.names import Names
from hub_plugin_crm.settings import About

_ABOUT = {"P": About.STAGE, "S": About.WON, "F": About.LOST}


class Deals:
    """Looks at the objects of one kind that an event or a catch-up names.

    Catch-up names rows of the stage history, events only objects. Of those the history is read where the object is
    not in the stage in which it was seen; what was handed on before is known by its row's id.
    """

    def __init__(
        self,
        *,
        entity: Entity,
        crm: Crm,
        history: History,
        memory: Memory,
        names: Names,
        audiences: Audiences,
    ) -> None:
        self._entity = entity
        self._crm = crm
        self._history = history
        self._memory = memory
        self._names = names
        self._audiences = audiences
        self._cards = DealCards(names, entity)
        self._handover = Handover(entity, memory, names, audiences)

    def tell(self, objects: Sequence[PortalObject]) -> Iterable[Notification]:
        """Tell what is new about them; those that are gone tell nothing."""
        items = self._crm.items(self._entity, (each.id for each in objects))
        seen = {id: self._memory.seen(id) for id in items}
        moves = self._moves(items, seen, objects)
        self._names.read_people(item for id, item in items.items() if moves[id])
        handed_over = {id: self._told_to(item, seen[id]) for id, item in items.items()}
        self._names.read_clients(item for id, item in items.items() if moves[id] or handed_over[id])
        for id, item in items.items():
            yield from self._moved(item, moves[id], seen[id])
            if handed_over[id]:
                stamp = item.updated_at.isoformat() if item.updated_at else ""
                yield self._cards.handed_over(item, handed_over[id], stamp)
            self._remember(item, moves[id], seen[id])

    def _moves(
        self,
        items: Mapping[str, Item],
        seen: Mapping[str, Seen | None],
        objects: Sequence[PortalObject],
    ) -> dict[str, list[Move]]:
        """Return what is not told yet of each object, oldest first."""
        found: dict[str, dict[int, Move]] = {id: {} for id in items}
        for move in filter(None, (read_move(each.fields) for each in objects)):
            if move.owner in items:
                found[move.owner][move.id] = move
        asked = [id for id, item in items.items() if _moved_further(item, found[id], seen[id])]
        if asked:
            after = {id: self._floor(seen[id]) for id in asked}
            for move in self._history.of(asked, after=min(after.values())):
                if move.id > after[move.owner]:
                    found[move.owner][move.id] = move
        return {id: _untold(rows, seen[id]) for id, rows in found.items()}

    def _floor(self, seen: Seen | None) -> int:
        """Return the id of the history up to which nothing is news; where nobody has looked yet, that is now."""
        if seen is not None:
            return seen.floor
        up_to = self._memory.told_up_to
        if up_to is None:
            up_to = self._memory.told_up_to = self._history.newest()
        return up_to

    def _moved(self, item: Item, moves: Sequence[Move], seen: Seen | None) -> Iterator[Notification]:
        before = None if seen is None else self._names.stage(self._entity, seen.funnel, seen.stage)
        for move in moves:
            if not move.created:
                # the object says only who moved it last
                mover = item.moved_by if move is moves[-1] and move.stage == item.stage else ""
                yield self._told(item, move, self._stage_before(move) if before is None else before, mover)
            before = self._names.stage(self._entity, move.funnel, move.stage)

    def _told(self, item: Item, move: Move, old: str, mover: str) -> Notification:
        about = _ABOUT[move.semantics] if self._entity is DEAL else About.STAGE
        audience = self._audiences.of(about, self._entity, item, stage=move.stage, funnel=move.funnel)
        if about is About.WON:
            return self._cards.won(item, move, audience)
        if about is About.LOST:
            return self._cards.lost(item, move, audience, reason=item.lost_reason, mover=mover)
        return self._cards.moved(item, move, old, audience, mover=mover)

    def _stage_before(self, move: Move) -> str:
        before = self._history.before(move)
        return "" if before is None else self._names.stage(self._entity, before.funnel, before.stage)

    def _told_to(self, item: Item, seen: Seen | None) -> tuple[str, ...]:
        return () if seen is None else self._handover.told_to(item, seen)

    def _remember(self, item: Item, moves: Sequence[Move], seen: Seen | None) -> None:
        told = (*(seen.told if seen else ()), *(move.id for move in moves))
        now = Seen.of(item, told=told, floor=self._floor(seen))
        if moves:  # the object itself may be a step behind or ahead
            now = now.model_copy(update={"stage": moves[-1].stage, "funnel": moves[-1].funnel})
        self._memory.see(item.id, now)


def _untold(rows: Mapping[int, Move], seen: Seen | None) -> list[Move]:
    return [rows[id] for id in sorted(rows) if seen is None or id not in seen.told]


def _moved_further(item: Item, rows: Mapping[int, Move], seen: Seen | None) -> bool:
    """Say whether the history has rows that are neither told nor among *rows*."""
    if untold := _untold(rows, seen):
        return untold[-1].stage != item.stage
    return seen is None or (item.stage, item.moved_at) != (seen.stage, seen.moved_at)
