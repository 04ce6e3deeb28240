"""What is due for whom: findings of a survey, and what was told of them before."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from hub.plugin import Store
from hub_plugin_tasks.task import Task

#: So many tasks of a person are kept whole; of the others only how many there are.
KEPT = 20
#: A job may begin a little earlier than the day before.
_JITTER = timedelta(minutes=10)


class Findings(BaseModel):
    """The tasks of one person that are overdue, or due soon."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: str
    overdue: bool
    count: int = 0
    first: tuple[Task, ...] = ()

    def with_one(self, task: Task) -> Findings:
        """Return the findings with *task* among them."""
        first = (*self.first, task)[:KEPT]
        return self.model_copy(update={"count": self.count + 1, "first": first})


class Told(BaseModel):
    """What people were told of one deadline of a task.

    Attributes:
        soon: who was reminded before it.
        overdue: when who was last told that it is over.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    deadline: AwareDatetime
    soon: tuple[str, ...] = ()
    overdue: dict[str, AwareDatetime] = {}


class Reminded:
    """Remembers it, so that each task is told once in each period."""

    def __init__(self, store: Store, repeat: timedelta) -> None:
        self._store = store
        self._repeat = repeat

    def is_due(self, task: Task, person: str, now: datetime, *, overdue: bool) -> bool:
        """Say whether a person is to be told now."""
        told = self._told(task)
        if told is None:
            return True
        if not overdue:
            return person not in told.soon
        last = told.overdue.get(person)
        return last is None or now - last >= self._repeat - min(_JITTER, self._repeat / 4)

    def tell(self, task: Task, person: str, now: datetime, *, overdue: bool) -> None:
        """Remember that a person is told now."""
        assert task.deadline is not None  # only tasks that have one are surveyed
        told = self._told(task) or Told(deadline=task.deadline)
        change = (
            {"overdue": {**told.overdue, person: now}} if overdue else {"soon": tuple({*told.soon, person})}
        )
        kept = told.model_copy(update=change).model_dump(mode="json")
        self._store.set(f"told:{task.id}", kept, ttl=self._repeat + timedelta(days=90))

    def _told(self, task: Task) -> Told | None:
        found = self._store.get(f"told:{task.id}")
        told = None if found is None else Told.model_validate(found)
        return told if told is not None and told.deadline == task.deadline else None
