"""What people read about a task; all of it but comments is one card, whose thread is the task."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime

from hub.plugin import FieldRow, Mode, Moment, Notification, Person, T, Words, field
from hub_plugin_tasks.buttons import buttons
from hub_plugin_tasks.headlines import ORDER, headline, moment_words, status_words
from hub_plugin_tasks.history import Change, Kind
from hub_plugin_tasks.task import Task


class Cards:
    """Writes them; *person* tells names."""

    def __init__(self, person: Callable[[str], Person]) -> None:
        self._person = person

    def changed(
        self, task: Task, changes: Sequence[Change], reader: str, allowed: Collection[str]
    ) -> Notification:
        """Return what *reader* is told of *changes*."""
        ordered = sorted(changes, key=lambda change: ORDER.index(change.kind))
        title, *others = (headline(change, task, reader, self._person) for change in ordered)
        moved = next((change for change in ordered if change.kind is Kind.DEADLINE), None)
        return self.card(
            task,
            key=f"history:{max(change.row for change in changes)}:{reader}",
            kind=f"tasks.{ordered[0].kind}",
            title=title,
            rows=(*(field(T("Also"), other) for other in others), *_about(task, moved)),
            allowed=allowed,
            to=reader,
            loud=True,
            at=max((change.at for change in changes if change.at), default=None),
        )

    def now(self, task: Task, row: int, reader: str, allowed: Collection[str]) -> Notification:
        """Return what a card says that *reader* has, when nothing in it is news to them."""
        return self.card(
            task,
            key=f"now:{row}:{reader}",
            kind="tasks.now",
            title=T("{status}: {task}", status=status_words(task.status), task=task.title),
            rows=tuple(_about(task, None)),
            allowed=allowed,
            to=reader,
        )

    def done(
        self, task: Task, what: Words, actor: str, at: datetime, allowed: Collection[str]
    ) -> Notification:
        """Return what the card says once *actor* has done something with a button."""
        who = T("{who}, {when}", who=self._person(actor), when=Moment(at=at))
        told = self.now(task, 0, actor, allowed)
        return told.model_copy(update={"key": "done", "fields": (*told.fields, field(what, who))})

    def gone(self, id: str, title: str, *, deleted: bool) -> Notification:
        """Return what the card of a task says that is not there any more."""
        words = T("Deleted: {task}", task=title) if deleted else T("No longer accessible: {task}", task=title)
        return Notification(
            key=f"task:{id}:gone", kind="tasks.gone", title=words, thread=thread(id), mode=Mode.UPDATE
        )

    def card(
        self,
        task: Task,
        *,
        key: str,
        kind: str,
        title: Words,
        rows: tuple[FieldRow, ...],
        allowed: Collection[str],
        to: str,
        loud: bool = False,
        at: datetime | None = None,
    ) -> Notification:
        """Return a card of a task for one person."""
        return Notification(
            key=f"task:{task.id}:{key}",
            kind=kind,
            title=title,
            url=task.page,
            fields=rows,
            actions=buttons(task, allowed),
            labels={"group": task.group} if task.group else {},
            to=(f"user:{to}",),
            thread=thread(task.id),
            loud=loud,
            occurred_at=at,
        )


def thread(id: str) -> str:
    """Return the thread of a task."""
    return f"task:{id}"


def merged(cards: Mapping[str, Notification]) -> Iterator[Notification]:
    """Yield cards by person, those that say the same as one with several addresses."""
    same: dict[str, list[Notification]] = {}
    for _, card in sorted(cards.items()):
        same.setdefault(card.model_dump_json(exclude={"key", "to"}), []).append(card)
    for each in same.values():
        yield each[0].model_copy(update={"to": tuple(address for card in each for address in card.to)})


def _about(task: Task, moved: Change | None) -> Iterator[FieldRow]:
    if moved is not None:
        old, new = moment_words(moved.before), moment_words(moved.after)
        yield field(T("Deadline"), T("{old} → {new}", old=old, new=new))
    elif task.deadline is not None:
        yield field(T("Deadline"), Moment(at=task.deadline))
    yield field(T("Status"), status_words(task.status))
    yield field(T("Responsible"), task.responsible)
    if task.creator.id != task.responsible.id:
        yield field(T("Created by"), task.creator)
