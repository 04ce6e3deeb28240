"""Objects of the CRM and tasks as people and robots change them, without going through REST. Takes the lock itself."""

from typing import Any, Literal

from hub.sandbox.crm_store import DEAL, ITEM, LEAD, CrmStore
from hub.sandbox.portal import Portal
from hub.sandbox.task_store import TaskStore, read_fields

Kind = Literal["lead", "deal", "item", "task"]
_CRM = {"lead": LEAD, "deal": DEAL, "item": ITEM}


class Objects:
    """Changes what the portal stores, which raises the portal's events; *by* None means that a robot does it."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._crm = CrmStore(portal)
        self._tasks = TaskStore(portal)

    def add(self, kind: Kind, by: int | None, fields: dict[str, Any]) -> int:
        """Add an object with the fields of `crm.lead.add`, `crm.deal.add` or `tasks.task.add`; return its id."""
        with self._portal.lock:
            if kind == "task":
                return self._tasks.add(fields, by=by).id
            return self._crm.add(_CRM[kind], fields, by=by).id

    def change(self, kind: Kind, object_id: int, by: int | None, fields: dict[str, Any]) -> None:
        """Change fields of an object."""
        with self._portal.lock:
            if kind == "task":
                self._tasks.change(self._portal.tasks[object_id], read_fields(fields), by=by)
            else:
                table = _CRM[kind].table(self._portal)
                self._crm.update(_CRM[kind], table[object_id], fields, by=by)

    def remove(self, kind: Kind, object_id: int, by: int | None) -> None:
        """Delete an object."""
        with self._portal.lock:
            if kind == "task":
                self._tasks.remove(self._portal.tasks[object_id], by=by)
            else:
                self._crm.remove(_CRM[kind], object_id, by=by)

    def comment(self, task_id: int, text: str, by: int | None) -> None:
        """Comment on a task."""
        with self._portal.lock:
            self._tasks.comment(self._portal.tasks[task_id], text, by=by)
