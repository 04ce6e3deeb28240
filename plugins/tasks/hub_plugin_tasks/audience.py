"""Who is told of a change: never who made it."""

from __future__ import annotations

from collections.abc import Collection

from hub_plugin_tasks.history import TOPICS, Change, Kind
from hub_plugin_tasks.settings import Topic
from hub_plugin_tasks.task import Task


def audience(change: Change, task: Task, topics: Collection[Topic]) -> frozenset[str]:
    """Return the people whom *change* concerns, of those whom the settings let be told."""
    people = _concerned(change, task, topics) if _is_wanted(change, topics) else set()
    return frozenset(people - {change.actor, ""})


def _is_wanted(change: Change, topics: Collection[Topic]) -> bool:
    return change.kind is Kind.NEW or TOPICS[change.kind] in topics


def _concerned(change: Change, task: Task, topics: Collection[Topic]) -> set[str]:
    match change.kind:
        case Kind.NEW:
            new = {task.responsible.id} if Topic.RESPONSIBLE in topics else set()
            others = {*task.accomplices, *task.auditors} if Topic.PARTICIPANTS in topics else set()
            return new | others
        case Kind.RESPONSIBLE:
            return {str(change.after), str(change.before or "")}
        case Kind.STATUS:
            return {task.creator.id, task.responsible.id}
        case Kind.DEADLINE:
            return set(task.participants)
        case _:
            return people_of(change.before) ^ people_of(change.after)


def people_of(value: object) -> set[str]:
    """Return the people in a value of the history."""
    return set(value) if isinstance(value, tuple) else set()
