"""What people read about deadlines: a card for each task, or a digest of many."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from hub.plugin import Action, FieldRow, Moment, Notification, T, Text, Value, Words, field, link
from hub_plugin_tasks.cards import Cards
from hub_plugin_tasks.due import Findings
from hub_plugin_tasks.headlines import status_words
from hub_plugin_tasks.hours import Hours, zone_of
from hub_plugin_tasks.memory import Memory
from hub_plugin_tasks.office import Office
from hub_plugin_tasks.task import Task

SHOW = "show"
#: So many tasks of a digest have a button that shows them by themselves.
_NUMBERED = 10


class DueCards:
    """Writes them; from *digest_from* tasks on a person gets a digest."""

    def __init__(
        self, *, office: Office, cards: Cards, memory: Memory, hours: Hours, digest_from: int
    ) -> None:
        self._office = office
        self._cards = cards
        self._memory = memory
        self._hours = hours
        self._digest_from = digest_from

    def of(self, found: Sequence[Findings], now: datetime) -> Iterable[Notification]:
        """Return what each person is told."""
        single = [each for each in found if each.count < self._digest_from]
        wanted: dict[str, list[str]] = {}
        for each in single:
            for task in each.first:
                wanted.setdefault(task.id, []).append(each.person)
        allowed = self._office.allowed_each(wanted) if wanted else {}
        told = [self._digest(each, now) for each in found if each.count >= self._digest_from]
        for each in single:
            for task in each.first:
                rights = allowed[task.id].get(each.person, frozenset())
                told.append(self.card(task, each.person, now, rights, overdue=each.overdue))
                self._memory.hold(task.id, [each.person])
        return told

    def card(
        self, task: Task, person: str, now: datetime, allowed: Collection[str], *, overdue: bool
    ) -> Notification:
        """Return the card of one task."""
        title = T("Overdue for {days}: {task}", days=self._days(task, now), task=task.title)
        if not overdue:
            title = T("Due soon: {task}", task=task.title)
        return self._cards.card(
            task,
            key=f"{'overdue' if overdue else 'soon'}:{now.isoformat(timespec='minutes')}:{person}",
            kind="tasks.overdue" if overdue else "tasks.due_soon",
            title=title,
            rows=tuple(self._about(task, now, overdue=overdue)),
            allowed=allowed,
            to=person,
            loud=True,
        )

    def _about(self, task: Task, now: datetime, *, overdue: bool) -> Iterator[FieldRow]:
        assert task.deadline is not None  # it is over, or soon
        yield field(T("Deadline"), Moment(at=task.deadline))
        if overdue:
            yield field(T("Overdue"), self._days(task, now))
        yield field(T("Status"), status_words(task.status))
        yield field(T("Responsible"), task.responsible)
        if task.creator.id != task.responsible.id:
            yield field(T("Created by"), task.creator)

    def _digest(self, found: Findings, now: datetime) -> Notification:
        n = found.count
        title = T("{n} overdue task", "{n} overdue tasks", n=n)
        if not found.overdue:
            title = T("{n} task is due soon", "{n} tasks are due soon", n=n)
        first = sorted(found.first, key=lambda task: task.deadline or now)
        rows = [
            field(f"{number}.", self._line(task, found, now)) for number, task in enumerate(first, start=1)
        ]
        if n > len(first):
            rows.append(field(T("Others"), T("and {n} more", "and {n} more", n=n - len(first))))
        about = "overdue" if found.overdue else "soon"
        return Notification(
            key=f"tasks:{about}:{now.isoformat(timespec='minutes')}:{found.person}",
            kind="tasks.overdue" if found.overdue else "tasks.due_soon",
            title=title,
            url=f"/company/personal/user/{found.person}/tasks/",
            fields=tuple(rows),
            actions=tuple(
                Action(label=str(number), command=SHOW, args={"task": task.id})
                for number, task in enumerate(first[:_NUMBERED], start=1)
            ),
            to=(f"user:{found.person}",),
        )

    def _line(self, task: Task, found: Findings, now: datetime) -> Words:
        assert task.deadline is not None  # it is over, or soon
        shown: dict[str, Value] = {"task": link(task.title, task.page), "deadline": Moment(at=task.deadline)}
        if not found.overdue:
            return T("{task}, until {deadline}", **shown)
        late = self._days(task, now)
        if found.person == task.responsible.id:
            return T("{task}, {deadline}, {days}", **shown, days=late)
        return T("{task}, {deadline}, {days}, {who}", **shown, days=late, who=task.responsible.name)

    def _days(self, task: Task, now: datetime) -> Text:
        assert task.deadline is not None  # it is over
        n = self._hours.days_overdue(task.deadline, now, zone_of("", task.deadline))
        return T("{n} day", "{n} days", n=n)
