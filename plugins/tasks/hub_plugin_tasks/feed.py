"""Catching up: which tasks changed, and which were commented on, since a place in time.

Both are counted by the portal's own clock and numbers, so clocks need not agree. Changes can be asked for from a moment
on; activity, which comments move, only sorted by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from hub.plugin import CatchUp, PortalObject
from hub_plugin_tasks.memory import Memory
from hub_plugin_tasks.office import PAGE, Office
from hub_plugin_tasks.settings import TasksSettings, Topic
from hub_plugin_tasks.task import Task
from hub_plugin_tasks.watch import Watch

_SECOND = timedelta(seconds=1)
#: So many pages of what was active are read at once; more happens in no look's time.
_PAGES = 20
#: More tasks than these in one second are an import; what else happens to them in that second is no news.
_FEW = 10


class Place(BaseModel):
    """How far the feed is read.

    Attributes:
        at, id: time of a change, and of the tasks changed in that second the last that was read.
        activity: from when on what was active is read.
        going_on: the next page of changes follows at once.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime | None = None
    id: int = 0
    activity: AwareDatetime | None = None
    going_on: bool = False


class Feed:
    """The tasks that may have something new."""

    def __init__(self, *, settings: TasksSettings, office: Office, memory: Memory, watch: Watch) -> None:
        self._settings = settings
        self._office = office
        self._memory = memory
        self._watch = watch

    def catch_up(self, cursor: str | None) -> CatchUp:
        """Return what happened since *cursor*."""
        if cursor is None:
            return CatchUp(objects=(), cursor=self._present().model_dump_json())
        place = Place.model_validate_json(cursor)
        changed, at, id, more = self._changed(place)
        active, activity = ((), place.activity) if place.going_on else self._active(place.activity)
        news = {task.id for task in (*changed, *active) if self._watch.is_news(task)}
        return CatchUp(
            objects=[PortalObject(kind="task", id=each) for each in sorted(news, key=int)],
            cursor=Place(at=at, id=id, activity=activity, going_on=more).model_dump_json(),
            more=more,
        )

    def _present(self) -> Place:
        """Return the present end; what comes after it is news, also in the very same second."""
        changed = self._office.page(self._wanted(), {"CHANGED_DATE": "desc", "ID": "desc"})
        active = self._office.page(self._wanted(), {"ACTIVITY_DATE": "desc"})
        at = max((task.changed for task in changed if task.changed), default=None)
        newest = max((task.activity for task in active if task.activity), default=None)
        began = max((moment for moment in (at, newest) if moment), default=None)
        last = {task.id: task for task in (*changed, *active) if began in (task.changed, task.activity)}
        if began is not None and len(last) > _FEW:
            began += _SECOND
        elif began is not None:
            for task in last.values():
                self._watch.remember(task)
        self._memory.begin(began)
        ids = [int(task.id) for task in changed if task.changed == at]
        return Place(at=at, id=max(ids, default=0), activity=_behind(active, None))

    def _changed(self, place: Place) -> tuple[Sequence[Task], datetime | None, int, bool]:
        """Return a page of tasks in the order of their changes, the place behind it, and whether there is more.

        The second in which the last look ended is read again. A page may be full of tasks changed in one second, after
        an import; those are read in the order of their ids.
        """
        at, id = place.at, place.id
        since = self._wanted() if at is None else self._wanted({">=CHANGED_DATE": at.isoformat()})
        tasks = _sorted(self._office.page(since, {"CHANGED_DATE": "asc", "ID": "asc"}))
        if not tasks:
            return (), at, id, False
        last = tasks[-1]
        if len(tasks) < PAGE or last.changed != at:
            return tasks, last.changed, int(last.id), len(tasks) >= PAGE
        assert at is not None
        same = self._wanted({">=CHANGED_DATE": at.isoformat(), "<=CHANGED_DATE": at.isoformat(), ">ID": id})
        tasks = _sorted(self._office.page(same, {"ID": "asc"}))
        if len(tasks) < PAGE:
            return tasks, at + _SECOND, 0, True
        return tasks, at, int(tasks[-1].id), True

    def _active(self, known: datetime | None) -> tuple[Sequence[Task], datetime | None]:
        if Topic.COMMENT not in self._settings.changes:
            return (), known
        found: list[Task] = []
        for number in range(_PAGES):
            page = self._office.page(self._wanted(), {"ACTIVITY_DATE": "desc"}, start=number * PAGE)
            found += [task for task in page if task.activity and (known is None or task.activity >= known)]
            if len(page) < PAGE or len(found) < (number + 1) * PAGE:
                break
        return found, _behind(found, known)

    def _wanted(self, more: dict[str, JsonValue] | None = None) -> dict[str, JsonValue]:
        groups: list[JsonValue] = list(self._settings.groups)
        return {**({"GROUP_ID": groups} if groups else {}), **(more or {})}


def _behind(active: Sequence[Task], known: datetime | None) -> datetime | None:
    """Return from when on to read next: the newest second once more, unless an import fills it."""
    moments = [task.activity for task in active if task.activity]
    newest = max(moments, default=known)
    return newest + _SECOND if newest is not None and moments.count(newest) > _FEW else newest


def _sorted(tasks: Sequence[Task]) -> Sequence[Task]:
    dated = [(task.changed, int(task.id), task) for task in tasks if task.changed is not None]
    return [task for _, _, task in sorted(dated, key=lambda each: each[:2])]
