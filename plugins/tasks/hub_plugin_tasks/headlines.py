"""The sentence that says what somebody did to a task, for the person it is told to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from hub.plugin import Moment, Person, T, Text, Words
from hub_plugin_tasks.audience import people_of
from hub_plugin_tasks.history import Change, Kind
from hub_plugin_tasks.task import Status, Task

#: The most important first: it becomes the title.
ORDER = (Kind.NEW, Kind.RESPONSIBLE, Kind.STATUS, Kind.DEADLINE, Kind.ACCOMPLICES, Kind.AUDITORS)


def headline(change: Change, task: Task, reader: str, person: Callable[[str], Person]) -> Text:
    """Return what *change* means to *reader*."""
    who = person(change.actor).name if change.actor else T("A robot")
    match change.kind:
        case Kind.NEW if reader == task.responsible.id:
            return T("{who} assigned you a task: {task}", who=who, task=task.title)
        case Kind.NEW if reader in task.accomplices:
            return T("{who} asks you to take part in a task: {task}", who=who, task=task.title)
        case Kind.NEW:
            return T("{who} asks you to observe a task: {task}", who=who, task=task.title)
        case Kind.RESPONSIBLE if reader == change.after:
            return T("{who} assigned you a task: {task}", who=who, task=task.title)
        case Kind.RESPONSIBLE:
            new = person(str(change.after)).name
            return T("{who} gave your task to {new}: {task}", who=who, new=new, task=task.title)
        case Kind.STATUS:
            return _status(change, task, who)
        case Kind.DEADLINE:
            return _deadline(change, task, who)
        case Kind.ACCOMPLICES if reader in people_of(change.after):
            return T("{who} asks you to take part in a task: {task}", who=who, task=task.title)
        case Kind.AUDITORS if reader in people_of(change.after):
            return T("{who} asks you to observe a task: {task}", who=who, task=task.title)
        case _:
            return T("{who} no longer needs you in a task: {task}", who=who, task=task.title)


def status_words(status: int) -> Text:
    """Return the name of a status."""
    match status:
        case Status.IN_PROGRESS:
            return T("In progress")
        case Status.AWAITING_CONTROL:
            return T("Waits for approval")
        case Status.COMPLETED:
            return T("Completed")
        case Status.DEFERRED:
            return T("Deferred")
        case _:
            return T("Pending")


def moment_words(value: object) -> Words:
    """Return a deadline in the reader's zone, or as the portal wrote it where nobody can read that."""
    if isinstance(value, datetime):
        return Moment(at=value)
    return T("none") if value is None else str(value)


def _status(change: Change, task: Task, who: str | Text) -> Text:
    match (change.before, change.after):
        case (_, Status.IN_PROGRESS):
            return T("{who} started the task: {task}", who=who, task=task.title)
        case (_, Status.AWAITING_CONTROL):
            return T("{who} has done the task, please approve: {task}", who=who, task=task.title)
        case (Status.AWAITING_CONTROL, Status.COMPLETED):
            return T("{who} approved the task: {task}", who=who, task=task.title)
        case (_, Status.COMPLETED):
            return T("{who} completed the task: {task}", who=who, task=task.title)
        case (_, Status.DEFERRED):
            return T("{who} deferred the task: {task}", who=who, task=task.title)
        case (Status.AWAITING_CONTROL, _):
            return T("{who} returned the task: {task}", who=who, task=task.title)
        case (Status.IN_PROGRESS, _):
            return T("{who} paused the task: {task}", who=who, task=task.title)
        case _:
            return T("{who} reopened the task: {task}", who=who, task=task.title)


def _deadline(change: Change, task: Task, who: str | Text) -> Text:
    if change.after is None:
        return T("{who} removed the deadline: {task}", who=who, task=task.title)
    return T(
        "{who} moved the deadline to {deadline}: {task}",
        who=who,
        deadline=moment_words(change.after),
        task=task.title,
    )
