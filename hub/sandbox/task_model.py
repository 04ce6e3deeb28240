"""What the task module stores."""

from datetime import datetime

from hub.sandbox.model import Record


class Task(Record):
    """A task. `status`: 2 pending, 3 in progress, 4 awaiting control, 5 completed, 6 deferred.

    With `task_control` the creator has to accept what somebody else completes.
    """

    title: str
    description: str = ""
    status: int = 2
    priority: int = 1
    created_by: int
    responsible_id: int
    accomplices: tuple[int, ...] = ()
    auditors: tuple[int, ...] = ()
    group_id: int = 0
    task_control: bool = False
    deadline: datetime | None = None
    created_at: datetime
    changed_at: datetime
    changed_by: int
    status_changed_by: int | None = None
    closed_at: datetime | None = None
    activity_at: datetime
    chat_id: int = 0
    crm: tuple[str, ...] = ()


class TaskChange(Record):
    """A row of a task's history."""

    task_id: int
    at: datetime
    user_id: int
    field: str
    before: str | None = None
    after: str | None = None


class TaskComment(Record):
    """A comment of the old task card."""

    task_id: int
    author_id: int
    text: str
    at: datetime
