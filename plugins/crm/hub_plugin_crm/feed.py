"""Catching up: which objects changed, and which came into another stage, since a place in time.

Two feeds that back each other up: rows of the stage history in the order of their ids, and objects in the order in
which they were changed. Both are counted by the portal's own clock and numbers, so clocks need not agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue, TypeAdapter

from hub.plugin import CatchUp, PortalObject
from hub_plugin_crm.crm import PAGE, Crm
from hub_plugin_crm.entities import LEAD, Entity
from hub_plugin_crm.history import PAGE as HISTORY_PAGE
from hub_plugin_crm.history import History
from hub_plugin_crm.items import Item, Row, id_in
from hub_plugin_crm.memory import Memory

#: A change may be committed a little after one that carries a later time; so much is read again.
_OVERLAP = timedelta(seconds=5)
_SECOND = timedelta(seconds=1)
_SELECT = ("id", "stageId", "categoryId", "assignedById", "movedTime", "updatedTime")


class Place(BaseModel):
    """How far the feeds of one kind of object are read.

    Attributes:
        move: id of the stage history.
        at, id: time of a change, and of the objects changed in that second the last that was read.
        going_on: the next page follows at once.
        tied: and it is of the same second.
        began: where the look began; when it ended there too, nothing is read again.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    move: int = 0
    at: AwareDatetime | None = None
    id: int = 0
    going_on: bool = False
    tied: bool = False
    began: AwareDatetime | None = None


_PLACES = TypeAdapter(dict[int, Place])


class Feed:
    """The feeds of one kind of object."""

    def __init__(self, entity: Entity, crm: Crm, history: History, memory: Memory) -> None:
        self._entity = entity
        self._crm = crm
        self._history = history
        self._memory = memory

    def present(self) -> Place:
        """Return the present end, and let what comes later be news."""
        newest = self._page({}, {"id": "DESC"})
        self._memory.began_after = max((int(item.id) for item in newest), default=0)
        changed = self._page({}, {"updatedTime": "DESC"})
        move = 0 if self._entity is LEAD else self._history.newest()
        self._memory.told_up_to = move
        return Place(move=move, at=max(map(_order, changed))[0] if changed else None)

    def next(self, place: Place) -> tuple[list[PortalObject], Place]:
        """Return what comes after *place*, about a page of each feed, and the place behind it."""
        moved, more_moves, move = self._moves(place.move)
        changed, behind = self._changes(place)
        objects = {each.id: each for each in changed if self._memory.is_news(each)}
        found = [self._object(id_in(row, "OWNER_ID"), row) for row in moved]
        found += [self._object(id, {}) for id in objects]
        going_on = behind.going_on or more_moves
        return found, behind.model_copy(update={"move": move, "going_on": going_on})

    def _moves(self, after: int) -> tuple[Sequence[Row], bool, int]:
        if self._entity is LEAD:  # of leads it only matters what they are like now
            return (), False, after
        rows = self._history.after(after)
        if rows:
            after = self._memory.told_up_to = int(id_in(rows[-1], "ID"))
        return rows, len(rows) >= HISTORY_PAGE, after

    def _changes(self, place: Place) -> tuple[Sequence[Item], Place]:
        """Return objects in the order of their changes.

        A page may be full of objects changed in one second, after an import; those are read in the order of ids.
        """
        at, id, began = place.at, place.id, place.began
        if at is not None and not place.going_on:
            if began != at:
                at, id = at - _OVERLAP, 0
            began = place.at
        if place.tied and at is not None:
            return self._of_one_second(at, id, began)
        since: dict[str, JsonValue] = {} if at is None else {">=updatedTime": at.isoformat()}
        rows = self._page(since, {"updatedTime": "ASC", "id": "ASC"})
        if len(rows) == PAGE and at is not None and rows[-1].updated_at == at:
            return self._of_one_second(at, id, began)
        found = rows if at is None else _behind(rows, at, id)
        if not found:
            return (), Place(at=place.at, id=place.id, began=began)
        last = found[-1]
        return found, Place(at=last.updated_at, id=int(last.id), going_on=len(rows) == PAGE, began=began)

    def _of_one_second(self, at: datetime, id: int, began: datetime | None) -> tuple[Sequence[Item], Place]:
        second = at.isoformat()
        rows = self._page({">=updatedTime": second, "<=updatedTime": second, ">id": id}, {"id": "ASC"})
        found = _behind(rows, at, id)
        if len(rows) < PAGE or not found:
            return found, Place(at=at + _SECOND, going_on=True, began=began)
        return found, Place(at=at, id=int(found[-1].id), going_on=True, tied=True, began=began)

    def _page(self, wanted: dict[str, JsonValue], order: dict[str, str]) -> list[Item]:
        rows = self._crm.page(self._entity, wanted, order, _SELECT)
        found = [item for item in map(self._crm.read, rows) if item.id and item.updated_at]
        return found if "updatedTime" not in order else sorted(found, key=_order)

    def _object(self, id: str, row: Row) -> PortalObject:
        fields = {**row, "ENTITY_TYPE_ID": self._entity.type_id}
        return PortalObject(kind=self._entity.noun, id=id, fields=fields)


class Feeds:
    """The feeds of a portal source, behind one cursor."""

    def __init__(self, feeds: dict[int, Feed]) -> None:
        self._feeds = feeds

    def catch_up(self, cursor: str | None) -> CatchUp:
        """Return what happened since *cursor*; of a kind that it does not know, nothing."""
        places = {} if cursor is None else _PLACES.validate_json(cursor)
        found: list[PortalObject] = []
        now: dict[int, Place] = {}
        going_on = any(place.going_on for place in places.values())
        for type_id, feed in self._feeds.items():
            place = places.get(type_id)
            if place is None:
                now[type_id] = feed.present()
            elif going_on and not place.going_on:
                now[type_id] = place
            else:
                objects, now[type_id] = feed.next(place)
                found += objects
        more = any(place.going_on for place in now.values())
        return CatchUp(objects=found, cursor=_PLACES.dump_json(now).decode(), more=more)


def _order(item: Item) -> tuple[datetime, int]:
    assert item.updated_at is not None  # those without are left out where they are read
    return item.updated_at, int(item.id)


def _behind(items: Sequence[Item], at: datetime, id: int) -> list[Item]:
    return [item for item in items if _order(item) > (at, id)]
