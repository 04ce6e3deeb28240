"""A task, as far as this plugin uses it."""

from __future__ import annotations

from enum import IntEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from hub.plugin import Person
from hub_plugin_tasks.values import Row, id_of, ids_of, moment_of, number_of

#: What is asked for; the portal adds names of creator and responsible person.
SELECT = (
    *("ID", "TITLE", "STATUS", "DEADLINE", "CREATED_BY", "RESPONSIBLE_ID", "ACCOMPLICES", "AUDITORS"),
    *("GROUP_ID", "CHANGED_DATE", "ACTIVITY_DATE", "CHAT_ID", "COMMENTS_COUNT"),
)


#: The portal's own limit of a title.
_TITLE = 250


class Status(IntEnum):
    """Where a task stands."""

    PENDING = 2
    IN_PROGRESS = 3
    AWAITING_CONTROL = 4
    COMPLETED = 5
    DEFERRED = 6


class Task(BaseModel):
    """A task.

    Attributes:
        chat: number of its chat, empty where comments are still those of the old card.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    title: str
    status: int
    deadline: AwareDatetime | None
    creator: Person
    responsible: Person
    accomplices: tuple[str, ...]
    auditors: tuple[str, ...]
    group: str
    changed: AwareDatetime | None
    activity: AwareDatetime | None
    chat: str
    comments: int

    @property
    def participants(self) -> tuple[str, ...]:
        """Everybody whom the task concerns, each once."""
        everybody = (self.creator.id, self.responsible.id, *self.accomplices, *self.auditors)
        return tuple(dict.fromkeys(id for id in everybody if id))

    @property
    def page(self) -> str:
        """Where the task is shown; the portal shows it to whoever may see it, under any person's address."""
        return f"/company/personal/user/{self.responsible.id or '0'}/tasks/task/view/{self.id}/"


def read_task(row: Row) -> Task | None:
    """Return the task of an answer; ``None`` without an id."""
    id = id_of(row.get("id"))
    if not id:
        return None
    return Task(
        id=id,
        title=str(row.get("title") or f"#{id}")[:_TITLE],
        status=number_of(row.get("status")),
        deadline=moment_of(row.get("deadline")),
        creator=_person(row, "createdBy", "creator"),
        responsible=_person(row, "responsibleId", "responsible"),
        accomplices=ids_of(row.get("accomplices")),
        auditors=ids_of(row.get("auditors")),
        group=id_of(row.get("groupId")),
        changed=moment_of(row.get("changedDate")),
        activity=moment_of(row.get("activityDate")),
        chat=id_of(row.get("chatId")),
        comments=number_of(row.get("commentsCount")),
    )


def _person(row: Row, id: str, card: str) -> Person:
    known = row.get(card)
    name = known.get("name") if isinstance(known, dict) else None
    return Person(id=id_of(row.get(id)), name=str(name or ""))
