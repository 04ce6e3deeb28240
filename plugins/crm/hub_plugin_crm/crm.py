"""Reading and writing objects of the CRM: ``crm.item.*``, or the older methods of a portal that has no items."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from pydantic import JsonValue

from hub.plugin import PermanentFailure, Portal, Store
from hub_plugin_crm.entities import LEAD, Entity
from hub_plugin_crm.items import Item, Row, read_item
from hub_plugin_crm.rows import rows_of

PAGE = 50

#: After so many objects that may not be seen, and none that may, it is not asked for the others.
_REFUSALS = 5
#: How long it is believed that the portal has items, or has none.
_BELIEVED = timedelta(days=1)
_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_PREFIXES = ">=<@!"
_OLD_NAMES = {
    "id": "ID",
    "updatedTime": "DATE_MODIFY",
    "createdTime": "DATE_CREATE",
    "movedTime": "MOVED_TIME",
    "lastActivityTime": "LAST_ACTIVITY_TIME",
    "assignedById": "ASSIGNED_BY_ID",
}
_EVERYTHING = ("*",)
_EVERYTHING_OLD = ("*", "UF_*", "PHONE", "EMAIL")


class Crm:
    """The objects of all kinds. Names of fields are those of ``crm.item.*``."""

    def __init__(self, portal: Portal, store: Store, *, lost_reason_field: str = "") -> None:
        self._portal = portal
        self._store = store
        self._lost_reason_field = lost_reason_field

    def items(self, entity: Entity, ids: Iterable[str]) -> dict[str, Item]:
        """Return the objects with these ids; those that are gone, or that nobody lets us see, are missing.

        Raises:
            PermanentFailure: none of them may be seen.
        """
        wanted = [id for id in dict.fromkeys(ids) if _ID.fullmatch(id)]
        found: dict[str, Item] = {}
        for start in range(0, len(wanted), PAGE):
            found |= self._visible(entity, wanted[start : start + PAGE])
        return found

    def _visible(self, entity: Entity, ids: Sequence[str]) -> dict[str, Item]:
        """Return the objects of a page; one that may not be seen does not hide the others."""
        found: dict[str, Item] = {}
        refused: list[PermanentFailure] = []
        waiting = [ids]
        while waiting and not (len(refused) >= _REFUSALS and not found):
            some = waiting.pop()
            try:
                rows = self.page(entity, {"@id": [int(id) for id in some]}, {"id": "ASC"})
            except PermanentFailure as exc:
                half = len(some) // 2
                if half:
                    waiting += [some[half:], some[:half]]
                else:
                    refused.append(exc)
            else:
                # a filter that a method does not know is ignored, and then it returns everything
                found |= {item.id: item for item in map(self.read, rows) if item.id in some}
        if refused and not found:
            raise refused[0]
        return found

    def read(self, row: Row) -> Item:
        """Read a row."""
        return read_item(row, lost_reason_field=self._lost_reason_field)

    def item(self, entity: Entity, id: str) -> Item | None:
        """Return one object, if there."""
        return self.items(entity, [id]).get(id)

    def page(
        self,
        entity: Entity,
        wanted: Mapping[str, JsonValue],
        order: Mapping[str, str],
        select: Sequence[str] = _EVERYTHING,
    ) -> Sequence[Row]:
        """Return the first rows, at most ``PAGE``, without counting the rest.

        The caller checks again whether they are what it *wanted*.
        """
        if self._has_items(entity):
            params: dict[str, object] = {
                "entityTypeId": entity.type_id,
                "filter": dict(wanted),
                "order": dict(order),
                "select": list(select),
            }
            return rows_of(self._portal.call("crm.item.list", params | {"start": -1}))
        everything = select == _EVERYTHING
        params = {
            "filter": {_old_name(entity, name): value for name, value in wanted.items()},
            "order": {_old_name(entity, name): value for name, value in order.items()},
            "select": [*_EVERYTHING_OLD] if everything else [_old_name(entity, each) for each in select],
        }
        return rows_of(self._portal.call(f"crm.{entity.old}.list", params | {"start": -1}))

    def update(self, entity: Entity, id: str, changes: Mapping[str, JsonValue]) -> None:
        """Change fields in one call."""
        if self._has_items(entity):
            params = {"entityTypeId": entity.type_id, "id": int(id), "fields": dict(changes)}
            self._portal.call("crm.item.update", params)
        else:
            old = {_old_name(entity, name): value for name, value in changes.items()}
            self._portal.call(f"crm.{entity.old}.update", {"id": int(id), "fields": old})

    def comment(self, entity: Entity, id: str, words: str) -> None:
        """Write into the timeline."""
        kind = entity.old or f"dynamic_{entity.type_id}"
        fields = {"ENTITY_ID": int(id), "ENTITY_TYPE": kind, "COMMENT": words}
        self._portal.call("crm.timeline.comment.add", {"fields": fields})

    def _has_items(self, entity: Entity) -> bool:
        known = self._store.get("has-items")
        if known is None:
            answer = self._portal.call("method.get", {"name": "crm.item.list"})
            known = isinstance(answer, dict) and answer.get("isAvailable") is not False
            self._store.set("has-items", known, ttl=_BELIEVED)
        if not known and not entity.old:
            raise PermanentFailure("this portal has no crm.item.list, so smart processes cannot be read")
        return bool(known)


def _old_name(entity: Entity, name: str) -> str:
    """Return what ``crm.lead.*`` and ``crm.deal.*`` call a field, behind the comparison in front of it."""
    field = name.lstrip(_PREFIXES)
    prefix = name[: len(name) - len(field)]
    stage = "STATUS" if entity is LEAD else "STAGE"
    stages = {"stageId": f"{stage}_ID", "stageSemanticId": f"{stage}_SEMANTIC_ID"}
    plain = {"categoryId": "CATEGORY_ID", "opportunity": "OPPORTUNITY", "currencyId": "CURRENCY_ID"}
    return prefix + ({**_OLD_NAMES, **stages, **plain}.get(field) or field.upper())
