"""The survey of deadlines: all open tasks that are overdue or due soon, read page by page.

A portal may have thousands, and a plugin has seconds. So a survey is done in steps, each with its own timer; what it
has found meanwhile is kept in the store. It reads first, and then tells some people in each step.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue

from hub.plugin import Clock, Notification, Store, TimerFired, Timers
from hub_plugin_tasks.due import Findings, Reminded, Told
from hub_plugin_tasks.due_cards import DueCards
from hub_plugin_tasks.hours import Hours, zone_of
from hub_plugin_tasks.office import PAGE, Office
from hub_plugin_tasks.settings import TasksSettings
from hub_plugin_tasks.task import Status, Task

TIMER = "survey"
_KEY = "survey"
#: A step that took so many seconds leaves the rest to the next.
_LONG = 4.0
#: So many people are told in one step.
_PORTION = 200
#: A survey that read for so long was interrupted; what it has found is no longer true.
_LOST = timedelta(hours=1)
_OPEN = frozenset({Status.PENDING, Status.IN_PROGRESS})


class Progress(BaseModel):
    """How far a survey is: behind which task, or at the telling."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    began: AwareDatetime
    last: int = 0
    is_read: bool = False


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
        """Begin, unless the survey before is still under way; one that was interrupted is done anew."""
        before, now = self._progress(), self._clock.now()
        if before is not None and (before.is_read or now - before.began < _LOST):
            self._timers.set(TIMER, _KEY, now)  # its last step may have failed for good
            return ()
        if before is not None:
            self._reminded.lose(before.began)
        for key, _ in self._store.scan(f"{_KEY}:"):
            self._store.delete(key)
        return self._step(Progress(began=now))

    def go_on(self, fired: TimerFired) -> Iterable[Notification]:
        """Do the next step."""
        progress = self._progress()
        return () if progress is None else self._step(progress)

    def _progress(self) -> Progress | None:
        found = self._store.get(_KEY)
        return None if found is None else Progress.model_validate(found)

    def _step(self, progress: Progress) -> Iterable[Notification]:
        if not progress.is_read:
            progress = self._read(progress)
        told, is_over = self._tell(progress) if progress.is_read else ((), False)
        if is_over:
            self._store.delete(_KEY)
        else:
            self._store.set(_KEY, progress.model_dump(mode="json"))
            self._timers.set(TIMER, _KEY, self._clock.now())
        return told

    def _read(self, progress: Progress) -> Progress:
        gathered: dict[str, Findings] = {}
        until = time.monotonic() + _LONG
        while True:
            tasks = self._office.page(self._wanted(progress), {"ID": "asc"})
            self._gather(tasks, progress.began, gathered)
            last = max((int(task.id) for task in tasks), default=progress.last)
            is_read = len(tasks) < PAGE or last == progress.last
            progress = progress.model_copy(update={"last": last, "is_read": is_read})
            if is_read or time.monotonic() >= until:
                break
        for key, findings in gathered.items():
            self._store.set(key, findings.model_dump(mode="json"))
        return progress

    def _tell(self, progress: Progress) -> tuple[Iterable[Notification], bool]:
        """Return what some people are told, and whether they are the last."""
        kept = list(islice(self._store.scan(f"{_KEY}:"), _PORTION + 1))
        portion = kept[:_PORTION]
        for key, _ in portion:
            self._store.delete(key)
        found = [Findings.model_validate(findings) for _, findings in portion]
        return self._cards.of(found, progress.began), len(kept) <= _PORTION

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
        lost = self._reminded.lost()
        due = [found for task in tasks if (found := self._due(task, now, lost)) is not None]
        zones = self._office.zones(dict.fromkeys(person for *_, people in due for person, _ in people))
        for task, before, people in due:
            told = before
            for person, overdue in people:
                if self._hours.are_on(now, zone_of(zones[person], told.deadline)):
                    key = f"{_KEY}:{'overdue' if overdue else 'soon'}:{person}"
                    so_far = gathered.get(key) or self._findings(key, person, overdue=overdue)
                    gathered[key] = so_far.with_one(task)
                    told = told.with_one(person, now, overdue=overdue)
            if told is not before:
                self._reminded.keep(task.id, told)

    def _due(
        self, task: Task, now: datetime, lost: Collection[datetime]
    ) -> tuple[Task, Told, Sequence[tuple[str, bool]]] | None:
        """Return what was told of a task, and who is to be told now; ``None`` = nobody."""
        if task.deadline is None or task.status not in _OPEN:
            return None
        told = self._reminded.told(task.id, task.deadline)
        people = [
            (person, overdue)
            for person, overdue in self._readers(task, task.deadline, now)
            if self._reminded.is_due(told, person, now, lost, overdue=overdue)
        ]
        return (task, told, people) if people else None

    def _findings(self, key: str, person: str, *, overdue: bool) -> Findings:
        kept = self._store.get(key)
        return Findings(person=person, overdue=overdue) if kept is None else Findings.model_validate(kept)

    def _readers(self, task: Task, deadline: datetime, now: datetime) -> Iterator[tuple[str, bool]]:
        """Yield who is to know of a deadline, and whether it is over."""
        if deadline < now:
            for person in dict.fromkeys((task.responsible.id, task.creator.id)):
                if person:
                    yield person, True
        elif self._settings.due_soon is not None and task.responsible.id:
            yield task.responsible.id, False
