"""What is due for whom: findings of a survey, and what was told of them before."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter

from hub.plugin import Store
from hub_plugin_tasks.task import Task

#: So many tasks of a person are kept whole; of the others only how many there are.
KEPT = 20
#: A job may begin a little earlier than the day before.
_JITTER = timedelta(minutes=10)
_KEPT_FOR = timedelta(days=90)
_LOST = "lost-surveys"
_MOMENTS = TypeAdapter(tuple[AwareDatetime, ...])


class Findings(BaseModel):
    """The tasks of one person that are overdue, or due soon; of the tasks, what is shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: str
    overdue: bool
    count: int = 0
    first: tuple[Task, ...] = ()

    def with_one(self, task: Task) -> Findings:
        """Return the findings with *task* among them."""
        shown = task.model_copy(update={"accomplices": (), "auditors": ()})
        return self.model_copy(update={"count": self.count + 1, "first": (*self.first, shown)[:KEPT]})


class Told(BaseModel):
    """What people were told of one deadline of a task.

    Attributes:
        soon, overdue: the beginning of the survey that last told somebody that it is near, or over.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    deadline: AwareDatetime
    soon: dict[str, AwareDatetime] = {}
    overdue: dict[str, AwareDatetime] = {}

    def with_one(self, person: str, began: datetime, *, overdue: bool) -> Told:
        """Return the same once the survey that *began* then tells a person."""
        known = self.overdue if overdue else self.soon
        return self.model_copy(update={"overdue" if overdue else "soon": {**known, person: began}})


class Reminded:
    """Remembers it, so that each task is told once in each period.

    Args:
        repeat: the period.
    """

    def __init__(self, store: Store, repeat: timedelta) -> None:
        self._store = store
        self._repeat = repeat

    def told(self, task: str, deadline: datetime) -> Told:
        """Return what people were told of this deadline of a task."""
        found = self._store.get(f"told:{task}")
        told = None if found is None else Told.model_validate(found)
        return told if told is not None and told.deadline == deadline else Told(deadline=deadline)

    def is_due(
        self, told: Told, person: str, now: datetime, lost: Collection[datetime], *, overdue: bool
    ) -> bool:
        """Say whether a person is to be told now; what a *lost* survey was to tell was not."""
        last = (told.overdue if overdue else told.soon).get(person)
        if last is None or last in lost:
            return True
        return overdue and now - last >= self._repeat - min(_JITTER, self._repeat / 4)

    def keep(self, task: str, told: Told) -> None:
        """Remember what people are told."""
        self._store.set(f"told:{task}", told.model_dump(mode="json"), ttl=self._repeat + _KEPT_FOR)

    def lost(self) -> frozenset[datetime]:
        """Return when surveys began that never told what they had found."""
        return frozenset(_MOMENTS.validate_python(self._store.get(_LOST) or ()))

    def lose(self, began: datetime) -> None:
        """Remember that a survey tells nothing of what it has found."""
        moments = tuple(sorted({*self.lost(), began}))[-KEPT:]
        self._store.set(_LOST, _MOMENTS.dump_python(moments, mode="json"), ttl=self._repeat + _KEPT_FOR)
