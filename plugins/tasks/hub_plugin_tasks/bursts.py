"""Comments that follow one another: one message that grows, for everybody but the authors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from hub.plugin import Clock, Notification, Person, Store, T, Words, field
from hub_plugin_tasks.buttons import open_button
from hub_plugin_tasks.remarks import Found, Remark
from hub_plugin_tasks.task import Task

#: A comment this soon after the one before belongs to the same burst.
_TOGETHER = timedelta(minutes=10)
#: So many comments of a burst are shown, the newest.
_SHOWN = 10


class Burst(BaseModel):
    """Comments that follow one another; of many only the newest are kept.

    Attributes:
        first: id of the first, which names the message.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    first: int
    grown_at: AwareDatetime
    count: int = 0
    remarks: tuple[Remark, ...] = ()


class Bursts:
    """Tells comments; *person* tells names."""

    def __init__(self, store: Store, clock: Clock, person: Callable[[str], Person]) -> None:
        self._store = store
        self._clock = clock
        self._person = person

    def tell(self, task: Task, found: Found) -> Iterator[Notification]:
        """Tell all participants of new comments, nobody of their own."""
        if found.unread:
            yield self._without_text(task, found.unread)
        if not found.remarks:
            return
        burst = self._grow(task, found.remarks)
        authors = {remark.author for remark in burst.remarks}
        if readers := [person for person in task.participants if person not in authors]:
            yield self._card(task, burst, burst.remarks, burst.count, readers)
        for author in sorted(authors & set(task.participants)):
            if any(remark.author != author for remark in found.remarks):
                others = [remark for remark in burst.remarks if remark.author != author]
                yield self._card(task, burst, others, len(others), [author])

    def _grow(self, task: Task, news: Sequence[Remark]) -> Burst:
        key, now = f"burst:{task.id}", self._clock.now()
        found = self._store.get(key)
        burst = None if found is None else Burst.model_validate(found)
        if burst is None or now - burst.grown_at > _TOGETHER:
            burst = Burst(first=news[0].id, grown_at=now)
        grown = Burst(
            first=burst.first,
            grown_at=now,
            count=burst.count + len(news),
            remarks=(*burst.remarks, *news)[-_SHOWN:],
        )
        self._store.set(key, grown.model_dump(mode="json"), ttl=_TOGETHER)
        return grown

    def _card(
        self, task: Task, burst: Burst, remarks: Sequence[Remark], n: int, readers: Sequence[str]
    ) -> Notification:
        last = remarks[-1]
        title: Words = T("{who} commented: {task}", who=self._name(last), task=task.title)
        if n > 1:
            title = T("{n} new comment: {task}", "{n} new comments: {task}", n=n, task=task.title)
        return Notification(
            key=f"task:{task.id}:comment:{last.id}:{readers[0]}",
            kind="tasks.comment",
            title=title,
            url=task.page,
            fields=tuple(field(self._name(remark), remark.text or "…") for remark in remarks),
            actions=(open_button(task),),
            labels={"group": task.group} if task.group else {},
            to=tuple(f"user:{person}" for person in readers),
            thread=f"task:{task.id}:comments:{burst.first}",
            occurred_at=last.at,
        )

    def _without_text(self, task: Task, n: int) -> Notification:
        return Notification(
            key=f"task:{task.id}:comments:{task.comments}",
            kind="tasks.comment",
            title=T("{n} new comment: {task}", "{n} new comments: {task}", n=n, task=task.title),
            url=task.page,
            actions=(open_button(task),),
            labels={"group": task.group} if task.group else {},
            to=tuple(f"user:{person}" for person in task.participants),
            occurred_at=task.activity,
        )

    def _name(self, remark: Remark) -> str:
        return self._person(remark.author).name
