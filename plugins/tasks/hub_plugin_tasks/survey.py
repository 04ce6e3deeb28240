"""The survey of deadlines: all open tasks that are overdue or due soon, read page by page.

A portal may have thousands, and a plugin has seconds. So a survey is done in steps, each with its own timer; what it
has found meanwhile is kept in the store.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from hub.plugin import Clock, Notification, Store, TimerFired, Timers
from hub_plugin_tasks.due import Findings, Reminded
from hub_plugin_tasks.due_cards import DueCards
from hub_plugin_tasks.hours import Hours, zone_of
from hub_plugin_tasks.office import PAGE, Office
from hub_plugin_tasks.settings import TasksSettings
from hub_plugin_tasks.task import Status, Task

TIMER = "survey"
_KEY = "survey"
#: A step that took so many seconds leaves the rest to the next.
_LONG = 4.0
#: A survey that has not moved for so long was lost, and the next one begins anew.
_LOST = timedelta(hours=1)
_OPEN = frozenset({Status.PENDING, Status.IN_PROGRESS})


class Progress(BaseModel):
    """How far a survey is: behind which task."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    began: AwareDatetime
    last: int = 0


class Survey:
    """Gathers what is due, and tells it in the working hours of each reader."""

    def __init__(
        self,
        *,
        settings: TasksSettings,
        office: Office,
        reminded: Reminded,
        hours: Hours,
        cards: DueCards,
        store: Store,
        timers: Timers,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._office = office
        self._reminded = reminded
        self._hours = hours
        self._cards = cards
        self._store = store
        self._timers = timers
        self._clock = clock

    def start(self) -> Iterable[Notification]:
        """Begin, unless the survey before is still under way."""
        if self._store.get(_KEY) is not None:
            return ()
        self._forget()
        return self._step(Progress(began=self._clock.now()))

    def go_on(self, fired: TimerFired) -> Iterable[Notification]:
        """Do the next step."""
        found = self._store.get(_KEY)
        return () if found is None else self._step(Progress.model_validate(found))

    def _step(self, progress: Progress) -> Iterable[Notification]:
        gathered: dict[str, Findings] = {}
        begun, is_over = time.monotonic(), False
        while not is_over and time.monotonic() - begun < _LONG:
            tasks = self._office.page(self._wanted(progress), {"ID": "asc"})
            self._gather(tasks, progress.began, gathered)
            last = max((int(task.id) for task in tasks), default=progress.last)
            is_over = len(tasks) < PAGE or last == progress.last
            progress = progress.model_copy(update={"last": last})
        for key, findings in gathered.items():
            self._store.set(key, findings.model_dump(mode="json"), ttl=_LOST)
        if not is_over:
            self._store.set(_KEY, progress.model_dump(mode="json"), ttl=_LOST)
            self._timers.set(TIMER, _KEY, self._clock.now())
            return ()
        found = [Findings.model_validate(each) for _, each in self._store.scan(f"{_KEY}:")]
        self._forget()
        return self._cards.of(found, progress.began)

    def _wanted(self, progress: Progress) -> dict[str, JsonValue]:
        until = progress.began + (self._settings.due_soon or timedelta(0))
        wanted: dict[str, JsonValue] = {
            "<=DEADLINE": until.isoformat(timespec="seconds"),
            "<REAL_STATUS": int(Status.COMPLETED),
            ">ID": progress.last,
        }
        return wanted | ({"GROUP_ID": list(self._settings.groups)} if self._settings.groups else {})

    def _gather(self, tasks: Sequence[Task], now: datetime, gathered: dict[str, Findings]) -> None:
        """Put tasks to those who are to be told of them and work now."""
        due = [(task, person, overdue) for task in tasks for person, overdue in self._readers(task, now)]
        due = [
            (task, person, overdue)
            for task, person, overdue in due
            if self._reminded.is_due(task, person, now, overdue=overdue)
        ]
        zones = self._office.zones(dict.fromkeys(person for _, person, _ in due))
        for task, person, overdue in due:
            assert task.deadline is not None  # nobody reads of a task without one
            if not self._hours.are_on(now, zone_of(zones[person], task.deadline)):
                continue
            key = f"{_KEY}:{'overdue' if overdue else 'soon'}:{person}"
            if key not in gathered:
                kept = self._store.get(key)
                new = Findings(person=person, overdue=overdue)
                gathered[key] = new if kept is None else Findings.model_validate(kept)
            gathered[key] = gathered[key].with_one(task)
            self._reminded.tell(task, person, now, overdue=overdue)

    def _readers(self, task: Task, now: datetime) -> Iterator[tuple[str, bool]]:
        """Yield who is to know of a deadline, and whether it is over."""
        if task.deadline is None or task.status not in _OPEN:
            return
        if task.deadline < now:
            for person in dict.fromkeys((task.responsible.id, task.creator.id)):
                if person:
                    yield person, True
        elif self._settings.due_soon is not None and task.responsible.id:
            yield task.responsible.id, False

    def _forget(self) -> None:
        for key, _ in self._store.scan(_KEY):
            self._store.delete(key)
