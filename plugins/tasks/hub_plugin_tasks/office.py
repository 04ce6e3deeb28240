"""What the plugin asks of the portal's tasks, and what it does there."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import JsonValue

from hub.plugin import PermanentFailure, Person, Portal
from hub_plugin_tasks.history import Entry, read_entries
from hub_plugin_tasks.task import SELECT, Task, read_task
from hub_plugin_tasks.values import Row, id_of, rows_of

PAGE = 50


class Office:
    """The task module of the portal."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def task(self, id: str) -> Task | None:
        """Return a task; ``None`` when it is gone or the hub may not see it."""
        result = self._portal.call("tasks.task.get", {"taskId": int(id), "select": list(SELECT)})
        found = result.get("task") if isinstance(result, dict) else None
        return read_task(found) if isinstance(found, dict) else None

    def page(
        self, wanted: Mapping[str, JsonValue], order: Mapping[str, JsonValue], *, start: int = 0
    ) -> Sequence[Task]:
        """Return a page of tasks."""
        params = {"filter": dict(wanted), "order": dict(order), "select": list(SELECT), "start": start}
        rows = rows_of(self._portal.call("tasks.task.list", params), "tasks")
        return [task for row in rows if (task := read_task(row)) is not None]

    def history(self, id: str) -> Sequence[Entry]:
        """Return the history of a task, oldest first."""
        return read_entries(
            rows_of(self._portal.call("tasks.task.history.list", {"taskId": int(id)}), "list")
        )

    def allowed(self, id: str, people: Iterable[str]) -> Mapping[str, frozenset[str]]:
        """Return what each of *people* may do with a task: ``START``, ``CHANGE_DEADLINE`` and so on."""
        return self.allowed_each({id: list(people)})[id]

    def allowed_each(self, wanted: Mapping[str, Sequence[str]]) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """Return the same for several tasks, asked together."""
        asked = [
            {"taskId": int(id), "users": [int(person) for person in people]} for id, people in wanted.items()
        ]
        found = self._portal.many("tasks.task.getaccess", asked)
        return {id: _allowed(result) for id, result in zip(wanted, found, strict=True)}

    def person(self, id: str) -> Person:
        """Return a person by name; by number where the portal knows nobody of that number."""
        try:
            return Person(id=id, name=self._portal.user(id).name)
        except PermanentFailure:
            return Person(id=id, name=f"#{id}")

    def zones(self, people: Iterable[str]) -> Mapping[str, str]:
        """Return the time zones of people, empty where the portal's own holds; they are asked for together."""
        wanted = list(people)
        try:
            known = self._portal.users(wanted)
        except PermanentFailure:  # reminders come at the portal's hours
            known = {}
        return {id: known[id].time_zone if id in known else "" for id in wanted}

    def move(self, task: Task, method: str) -> tuple[Task, str]:
        """Bring a task to another status; return it as it is then, and as whom the portal let the hub do it."""
        result = self._portal.call(f"tasks.task.{method}", {"taskId": int(task.id)})
        return self.task(task.id) or task, _by(result)

    def set_deadline(self, id: str, deadline: datetime) -> str:
        """Set a deadline, and return as whom the portal let the hub do it."""
        fields = {"DEADLINE": deadline.isoformat(timespec="seconds")}
        return _by(self._portal.call("tasks.task.update", {"taskId": int(id), "fields": fields}))

    def comment(self, task: Task, text: str, *, author: str, key: str) -> str:
        """Comment on a task and return the comment's id, where the portal tells it.

        In the old card the comment is the *author*'s own; a task's chat only knows the hub's user. There nothing is
        written twice under one *key*.
        """
        if task.chat:
            sent = {"fields": {"taskId": int(task.id), "text": text}}
            self._portal.call_v3("tasks.task.chat.message.send", sent, idempotency_key=_uuid(key))
            return ""
        old = {"TASKID": int(task.id), "FIELDS": {"POST_MESSAGE": text, "AUTHOR_ID": int(author)}}
        return id_of(self._portal.call("task.commentitem.add", old))

    def comments(self, task: Task, after: int) -> Sequence[Row]:
        """Return the comments of the old card behind a number, oldest first."""
        params = {"TASKID": int(task.id), "ORDER": {"ID": "asc"}, "FILTER": {">ID": after}}
        return rows_of(self._portal.call("task.commentitem.getlist", params))

    def messages(self, task: Task, after: int) -> Sequence[Row] | None:
        """Return the messages of a task's chat behind a number; ``None`` when the hub may not see the chat."""
        params: dict[str, JsonValue] = {"DIALOG_ID": f"chat{task.chat}", "LIMIT": PAGE}
        if after:
            params["FIRST_ID"] = after
        try:
            return rows_of(self._portal.call("im.dialog.messages.get", params), "messages")
        except PermanentFailure:
            return None


def _allowed(result: JsonValue | PermanentFailure) -> Mapping[str, frozenset[str]]:
    allowed = result.get("allowedActions") if isinstance(result, dict) else None
    if not isinstance(allowed, dict):  # the hub itself may not see the task
        return {}
    return {
        id_of(person): frozenset(name for name, may in actions.items() if may is True)
        for person, actions in allowed.items()
        if isinstance(actions, dict)
    }


def _by(result: JsonValue) -> str:
    task = result.get("task") if isinstance(result, dict) else None
    return id_of(task.get("changedBy")) if isinstance(task, dict) else ""


def _uuid(key: str) -> str:
    return str(uuid.UUID(bytes=hashlib.sha256(key.encode()).digest()[:16], version=4))
