"""The stage history: a row for every time an object came into a stage, the only place that knows the old one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from hub.plugin import Portal
from hub_plugin_crm.entities import Entity
from hub_plugin_crm.items import Row, id_in, moment, text
from hub_plugin_crm.rows import rows_of

_METHOD = "crm.stagehistory.list"
#: Type of a row that tells that the object was made, in this stage.
_CREATED = "1"
PAGE = 50


class Move(BaseModel):
    """One row of the history.

    Attributes:
        created: it was made in this stage and came from nowhere.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int
    owner: str
    stage: str
    funnel: str
    semantics: str
    at: AwareDatetime | None
    created: bool


def read_move(row: Row) -> Move | None:
    """Read a row; ``None`` for what is none."""
    id, owner, stage = id_in(row, "ID"), id_in(row, "OWNER_ID"), text(row, "STAGE_ID", "STATUS_ID")
    if not (id and owner and stage):
        return None
    semantics = text(row, "STAGE_SEMANTIC_ID", "STATUS_SEMANTIC_ID")
    return Move(
        id=int(id),
        owner=owner,
        stage=stage,
        funnel=id_in(row, "CATEGORY_ID") or "0",
        semantics=semantics if semantics in ("S", "F") else "P",
        at=moment(row, "CREATED_TIME"),
        created=text(row, "TYPE_ID") == _CREATED,
    )


class History:
    """Reads the history of one kind of object. Whatever the portal makes of a filter, it is checked again here."""

    def __init__(self, portal: Portal, entity: Entity) -> None:
        self._portal = portal
        self._entity = entity

    def newest(self) -> int:
        """Return the id of the newest row; 0 where there is none."""
        rows = self._page({}, "DESC")
        return max((move.id for move in _moves(rows)), default=0)

    def after(self, id: int) -> Sequence[Row]:
        """Return the next rows of all objects, at most ``PAGE``, oldest first."""
        rows = [row for row in self._page({">ID": id}, "ASC") if int(id_in(row, "ID") or 0) > id]
        return sorted(rows, key=lambda row: int(id_in(row, "ID")))

    def of(self, owners: Collection[str], *, after: int) -> Iterator[Move]:
        """Yield the rows of some objects above an id, oldest first."""
        params = {
            "entityTypeId": self._entity.type_id,
            "filter": {"@OWNER_ID": [int(owner) for owner in owners], ">ID": after},
        }
        for move in _moves(self._portal.list(_METHOD, params)):
            if move.owner in owners and move.id > after:
                yield move

    def before(self, move: Move) -> Move | None:
        """Return where the object was before."""
        rows = self._page({"OWNER_ID": int(move.owner), "<ID": move.id}, "DESC")
        found = [each for each in _moves(rows) if each.owner == move.owner and each.id < move.id]
        return max(found, key=lambda each: each.id, default=None)

    def _page(self, wanted: Mapping[str, JsonValue], order: str) -> Sequence[Row]:
        params = {
            "entityTypeId": self._entity.type_id,
            "filter": dict(wanted),
            "order": {"ID": order},
            "start": -1,
        }
        return rows_of(self._portal.call(_METHOD, params))


def _moves(rows: Iterator[Row] | Sequence[Row]) -> Iterator[Move]:
    return (move for row in rows if (move := read_move(row)) is not None)
