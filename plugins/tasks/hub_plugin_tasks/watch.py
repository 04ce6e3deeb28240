"""Looks at the tasks that an event or a catch-up names, and tells what is new about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from hub.plugin import Notification, PortalObject
from hub_plugin_tasks.audience import audience
from hub_plugin_tasks.bursts import Bursts
from hub_plugin_tasks.cards import Cards, merged
from hub_plugin_tasks.history import Change, Entry, changes
from hub_plugin_tasks.memory import Memory, Seen
from hub_plugin_tasks.office import Office
from hub_plugin_tasks.remarks import Found, Remarks
from hub_plugin_tasks.settings import TasksSettings, Topic
from hub_plugin_tasks.task import Task
from hub_plugin_tasks.values import id_of

ADDED, UPDATED, DELETED, COMMENTED = "ONTASKADD", "ONTASKUPDATE", "ONTASKDELETE", "ONTASKCOMMENTADD"

#: Entries of the history that change nothing on a card.
_SHOWN_NOWHERE = frozenset({"NEW", "COMMENT"})


class Watch:
    """What changed, what was written, what is gone."""

    def __init__(
        self,
        *,
        settings: TasksSettings,
        office: Office,
        memory: Memory,
        remarks: Remarks,
        bursts: Bursts,
        cards: Cards,
    ) -> None:
        self._settings = settings
        self._office = office
        self._memory = memory
        self._remarks = remarks
        self._bursts = bursts
        self._cards = cards

    def tell(self, objects: Sequence[PortalObject]) -> Iterable[Notification]:
        """Tell what is new about the tasks that *objects* name."""
        events: dict[str, set[str]] = {}
        for each in objects:
            if task := task_of(each):
                events.setdefault(task, set()).add(each.event)
        for task, names in events.items():
            yield from self._look(task, names)

    def remember(self, task: Task) -> None:
        """Take a task as it is, so that only what follows is news."""
        entry = max((entry.id for entry in self._office.history(task.id)), default=0)
        newest = self._remarks.newest(task) if Topic.COMMENT in self._settings.changes else 0
        self._see(task, None, entry, newest)

    def is_news(self, task: Task) -> bool:
        """Say whether a task may have changed since it was seen."""
        seen = self._memory.seen(task.id)
        if seen is None:
            since = self._memory.since
            return any(at is not None and at >= since for at in (task.changed, task.activity))
        with_comments = Topic.COMMENT in self._settings.changes
        return seen.changed != task.changed or (with_comments and seen.activity != task.activity)

    def _look(self, id: str, events: Collection[str]) -> Iterator[Notification]:
        seen, task = self._memory.seen(id), self._office.task(id)
        if task is None:
            yield from self._gone(id, seen, deleted=DELETED in events)
            return
        if self._settings.groups and task.group not in map(str, self._settings.groups):
            return
        entries, newest = self._entries(task, seen, events)
        found = self._comments(task, seen, events)
        yield from self._changes(task, entries)
        yield from self._bursts.tell(task, found)
        self._see(task, seen, newest, found.newest)

    def _gone(self, id: str, seen: Seen | None, *, deleted: bool) -> Iterator[Notification]:
        if seen is not None and self._memory.holders(id):
            yield self._cards.gone(id, seen.title, deleted=deleted)
        self._memory.forget(id)

    def _entries(self, task: Task, seen: Seen | None, events: Collection[str]) -> tuple[Sequence[Entry], int]:
        """Return what is new in the history, by those who really did it, and the id of its newest entry."""
        if seen is not None and seen.changed == task.changed and not {ADDED, UPDATED} & set(events):
            return (), seen.entry
        found = self._office.history(task.id)
        if seen is not None:
            news = [entry for entry in found if entry.id > seen.entry]
        else:
            since = self._memory.since
            news = [entry for entry in found if entry.at is not None and entry.at >= since]
        newest = max((entry.id for entry in found), default=seen.entry if seen is not None else 0)
        return [replace(entry, actor=self._memory.actor_of(task.id, entry)) for entry in news], newest

    def _comments(self, task: Task, seen: Seen | None, events: Collection[str]) -> Found:
        is_news = seen is None or seen.activity != task.activity or COMMENTED in events
        if Topic.COMMENT in self._settings.changes and is_news:
            return self._remarks.find(task, seen, announced=COMMENTED in events)
        return Found()

    def _changes(self, task: Task, entries: Sequence[Entry]) -> Iterator[Notification]:
        told: dict[str, list[Change]] = {}
        for change in changes(entries):
            for person in audience(change, task, self._settings.changes):
                told.setdefault(person, []).append(change)
        shows = any(entry.field not in _SHOWN_NOWHERE for entry in entries)
        holders = self._memory.holders(task.id) - told.keys() if shows else frozenset()
        if not told and not holders:
            return
        allowed = self._office.allowed(task.id, sorted({*told, *holders}))
        rights = {person: allowed.get(person, frozenset()) for person in {*told, *holders}}
        news = {
            person: self._cards.changed(task, each, person, rights[person]) for person, each in told.items()
        }
        row = max(entry.id for entry in entries)
        yield from merged({person: self._cards.now(task, row, person, rights[person]) for person in holders})
        yield from merged(news)
        self._memory.hold(task.id, told)

    def _see(self, task: Task, seen: Seen | None, entry: int, comment: int) -> None:
        self._memory.see(
            task.id,
            Seen(
                title=task.title,
                entry=entry,
                comment=max(comment, seen.comment if seen is not None else 0),
                comments=task.comments,
                changed=task.changed,
                activity=task.activity,
            ),
        )


def task_of(found: PortalObject) -> str:
    """Return the id of the task that an object is, or that it comments on."""
    return id_of(found.id) if found.kind == "task" else id_of(found.fields.get("TASK_ID"))
