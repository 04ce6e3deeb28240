"""New comments of a task: what was written since the last look, and by whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pydantic import AwareDatetime, BaseModel, ConfigDict

from hub_plugin_tasks.memory import Memory, Seen
from hub_plugin_tasks.office import Office
from hub_plugin_tasks.quoting import fragment
from hub_plugin_tasks.task import Task
from hub_plugin_tasks.values import Row, id_of, moment_of, number_of


class Remark(BaseModel):
    """A comment; its text is a fragment, without markup and quotes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int
    author: str
    text: str
    at: AwareDatetime | None = None


class Found(BaseModel):
    """What a look at the comments of a task found.

    Attributes:
        remarks: the new ones, oldest first.
        unread: how many new ones there are in a chat that the hub may not read.
        newest: id of the newest comment.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    remarks: tuple[Remark, ...] = ()
    unread: int = 0
    newest: int = 0


class Remarks:
    """Reads the comments of tasks: those of the old card, or the messages of a task's chat."""

    def __init__(self, office: Office, memory: Memory) -> None:
        self._office = office
        self._memory = memory

    def find(self, task: Task, seen: Seen | None, *, announced: bool) -> Found:
        """Return what is new since *seen*; *announced*: an event told of a comment."""
        after = seen.comment if seen is not None else 0
        rows = self._rows(task, after)
        if rows is None:
            return self._uncounted(task, seen, announced=announced)
        read = sorted((_remark(row) for row in rows), key=lambda remark: remark.id)
        news = [remark for remark in read if remark.id > after]
        if seen is None:
            since = self._memory.since
            news = [remark for remark in news if remark.at is not None and remark.at >= since]
        newest = max((remark.id for remark in read), default=after)
        return Found(remarks=tuple(self._by_people(task, news, rows)), newest=max(after, newest))

    def newest(self, task: Task) -> int:
        """Return the id of the newest comment."""
        return max((_remark(row).id for row in self._rows(task, 0) or ()), default=0)

    def _rows(self, task: Task, after: int) -> Sequence[Row] | None:
        return self._office.messages(task, after) if task.chat else self._office.comments(task, after)

    def _by_people(self, task: Task, news: Iterable[Remark], rows: Sequence[Row]) -> Iterator[Remark]:
        """Yield what people wrote, with the person behind what the hub wrote for them."""
        texts = {_remark(row).id: _text(row) for row in rows}
        for remark in news:
            own = self._memory.own_comment(task.id, str(remark.id), texts[remark.id])
            if own is not None and not own.silent:
                yield remark.model_copy(update={"author": own.actor})
            elif own is None and remark.author:  # the portal's own messages in a task's chat have no author
                yield remark

    def _uncounted(self, task: Task, seen: Seen | None, *, announced: bool) -> Found:
        """Return how many there are that nobody may read; the hub's own are none of them."""
        known = task.comments - int(announced) if seen is None else seen.comments
        own = self._memory.take_own_comments(task.id)
        return Found(unread=max(0, task.comments - known - own), newest=seen.comment if seen else 0)


def _remark(row: Row) -> Remark:
    old = "POST_MESSAGE" in row
    return Remark(
        id=number_of(row.get("ID" if old else "id")),
        author=id_of(row.get("AUTHOR_ID" if old else "author_id")),
        text=fragment(_text(row)),
        at=moment_of(row.get("POST_DATE" if old else "date")),
    )


def _text(row: Row) -> str:
    return str(row.get("POST_MESSAGE", row.get("text")) or "")
