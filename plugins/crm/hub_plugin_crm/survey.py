"""Surveys: all open deals that nothing happens to, and all leads nobody has touched, read page by page.

A portal may have thousands, and a plugin has seconds. So a survey is done in steps, each with its own timer; what it
has found meanwhile is kept in the store. Between steps other work goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, JsonValue

from hub.plugin import Clock, Notification, Store, Timers
from hub_plugin_crm.crm import PAGE, Crm
from hub_plugin_crm.entities import DEAL, LEAD, Entity
from hub_plugin_crm.findings import Findings
from hub_plugin_crm.items import Item
from hub_plugin_crm.names import Names
from hub_plugin_crm.staleness import Staleness

TIMER = "survey"

_PAGES = 5
#: A step that took so many seconds leaves the rest to the next.
_LONG = 4.0
#: A survey that has not moved for so long was lost, and the next one begins anew.
_LOST = timedelta(hours=1)
_SELECT = (
    *("id", "title", "stageId", "stageSemanticId", "categoryId", "assignedById", "opportunity", "currencyId"),
    *("createdTime", "updatedTime", "lastActivityTime"),
)
_KINDS: Sequence[Entity] = (DEAL, LEAD)


class Progress(BaseModel):
    """How far a survey is: at which kind, behind which id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    run: str
    kind: int = 0
    last: int = 0


class Survey:
    """One kind of survey.

    Args:
        place: returns the findings that an object belongs to in a run, empty still; ``None`` leaves it out.
        told: called with all findings at the end, and with what identifies this run.
    """

    def __init__(
        self,
        name: str,
        *,
        crm: Crm,
        names: Names,
        staleness: Staleness,
        store: Store,
        timers: Timers,
        clock: Clock,
        place: Callable[[Entity, Item, str], Findings | None],
        told: Callable[[Sequence[Findings], str], Iterable[Notification]],
    ) -> None:
        self._name = name
        self._crm = crm
        self._names = names
        self._staleness = staleness
        self._store = store
        self._timers = timers
        self._clock = clock
        self._place = place
        self._told = told

    def start(self) -> Iterable[Notification]:
        """Begin, unless the survey before is still under way."""
        if self._store.get(self._key) is not None:
            return ()
        self._forget()
        return self._step(Progress(run=self._clock.now().isoformat()))

    def go_on(self) -> Iterable[Notification]:
        """Do the next step."""
        found = self._store.get(self._key)
        return () if found is None else self._step(Progress.model_validate(found))

    def _step(self, progress: Progress) -> Iterable[Notification]:
        gathered: dict[str, Findings] = {}
        begun = time.monotonic()
        for _ in range(_PAGES):
            progress = self._page(progress, gathered)
            if progress.kind == len(_KINDS) or time.monotonic() - begun > _LONG:
                break
        for group, findings in gathered.items():
            self._store.set(f"{self._key}:{group}", findings.model_dump(mode="json"), ttl=_LOST)
        if progress.kind < len(_KINDS):
            self._store.set(self._key, progress.model_dump(mode="json"), ttl=_LOST)
            self._timers.set(TIMER, self._name, self._clock.now())
            return ()
        found = [Findings.model_validate(each) for _, each in self._store.scan(f"{self._key}:")]
        self._forget()
        return self._told(found, progress.run)

    def _page(self, progress: Progress, gathered: dict[str, Findings]) -> Progress:
        entity = _KINDS[progress.kind]
        wanted: dict[str, JsonValue] = {**self._staleness.filter(entity), ">id": progress.last}
        rows = self._crm.page(entity, wanted, {"id": "ASC"}, _SELECT)
        items = [item for item in map(self._crm.read, rows) if item.id and int(item.id) > progress.last]
        quiet = [item for item in items if self._staleness.is_stale(entity, item)]
        self._names.read_people(quiet)
        for item in quiet:
            self._gather(entity, item, progress.run, gathered)
        if len(rows) < PAGE or not items:
            return progress.model_copy(update={"kind": progress.kind + 1, "last": 0})
        return progress.model_copy(update={"last": max(int(item.id) for item in items)})

    def _gather(self, entity: Entity, item: Item, run: str, gathered: dict[str, Findings]) -> None:
        empty = self._place(entity, item, run)
        if empty is None:
            return
        group = f"{empty.noun}:{empty.responsible}:{','.join(empty.to)}"
        if group not in gathered:
            kept = self._store.get(f"{self._key}:{group}")
            gathered[group] = empty if kept is None else Findings.model_validate(kept)
        gathered[group] = gathered[group].with_one(item)

    def _forget(self) -> None:
        for key, _ in self._store.scan(self._key):
            self._store.delete(key)

    @property
    def _key(self) -> str:
        return f"survey:{self._name}"
