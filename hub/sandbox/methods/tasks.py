"""`tasks.task.get`, `.list`, `.history.list`, `.getaccess` and `task.commentitem.*`."""

from typing import Any

from hub.sandbox.clock import portal_date
from hub.sandbox.errors import RestError
from hub.sandbox.model import Json
from hub.sandbox.parameters import array, integer, mapping
from hub.sandbox.registry import Invocation, Page, method
from hub.sandbox.rows import filter_rows, page, sort_rows
from hub.sandbox.task_model import Task, TaskChange, TaskComment
from hub.sandbox.task_store import ACTIONS, TaskStore, upper_name

_ID = integer("taskId", missing="100")
_ALWAYS = {"id", "group", "creator", "responsible", "action"}


@method("tasks.task.get", _ID, array("select"), scope="task")
def get(call: Invocation) -> Json | list[Any]:
    task = call.portal.tasks.get(call.params["taskId"])
    person = call.portal.people[call.caller.user_id]
    store = TaskStore(call.portal)
    if task is None or not store.sees(person, task):
        return []
    return {"task": _selected(task, store.view(task, person), call.get("select", []))}


@method(
    "tasks.task.list",
    mapping("order"),
    mapping("filter"),
    array("select"),
    mapping("params"),
    integer("start"),
    scope="task",
)
def list_tasks(call: Invocation) -> Page:
    store = TaskStore(call.portal)
    person = call.portal.people[call.caller.user_id]
    rows = []
    for task in call.portal.tasks:
        if store.sees(person, task):
            view = store.view(task, person)
            view.pop("action")
            shown = _selected(task, view, call.get("select", []))
            rows.append({**store.filter_row(task, view), "": shown})
    rows = filter_rows(
        rows, call.get("filter", {}), unknown=lambda field: call.warn(f"filter.{field} was ignored")
    )
    rows = sort_rows(rows, call.get("order") or {"ID": "desc"})
    return page(rows, call.get("start", 0), result=lambda part: {"tasks": [row[""] for row in part]})


@method("tasks.task.history.list", _ID, mapping("filter"), mapping("order"), scope="task")
def history(call: Invocation) -> Json:
    task = existing_task(call)
    field = call.get("filter", {}).get("FIELD")
    changes = [
        change
        for change in call.portal.task_changes
        if change.task_id == task.id and field in (None, change.field)
    ]
    return {"list": [_change(call, change) for change in changes]}


@method("tasks.task.getaccess", _ID, array("users"), scope="task")
def access(call: Invocation) -> Json:
    task = existing_task(call)
    store = TaskStore(call.portal)
    users = [int(user) for user in call.get("users", [])] or [call.caller.user_id]
    people = [call.portal.people[user] for user in users if user in call.portal.people]
    return {
        "allowedActions": {
            str(person.id): {upper_name(name): store.may(person, task, name) for name in ACTIONS}
            for person in people
        }
    }


@method(
    "task.commentitem.add",
    integer("TASKID", missing="100"),
    mapping("FIELDS", missing="100"),
    scope="task",
    ignore_case=True,
)
def add_comment(call: Invocation) -> int:
    task = existing_task(call, "TASKID")
    fields = call.params["FIELDS"]
    text = str(fields.get("POST_MESSAGE") or "").strip()
    if not text:
        raise RestError("ERROR_CORE", "Не указан текст комментария")
    author = int(fields.get("AUTHOR_ID") or call.caller.user_id)
    return TaskStore(call.portal).comment(task, text, by=author)


@method(
    "task.commentitem.getlist",
    integer("TASKID", missing="100"),
    mapping("ORDER"),
    mapping("FILTER"),
    scope="task",
    ignore_case=True,
)
def comments(call: Invocation) -> list[Json]:
    task = existing_task(call, "TASKID")
    rows = [_comment(call, comment) for comment in call.portal.comments if comment.task_id == task.id]
    return sort_rows(rows, call.get("ORDER") or {"ID": "asc"})


def existing_task(call: Invocation, name: str = "taskId") -> Task:
    """Return the task a call is about.

    Raises:
        RestError: it is not there, or the caller may not see it.
    """
    task = call.portal.tasks.get(call.params[name])
    person = call.portal.people[call.caller.user_id]
    if task is None or not TaskStore(call.portal).sees(person, task):
        raise RestError("0", "Задача не найдена или недоступна")
    return task


def _selected(task: Task, view: Json, select: list[Any]) -> Json:
    names = {str(name).upper() for name in select}
    if "UF_CRM_TASK" in names:
        view = {**view, "ufCrmTask": list(task.crm) or False}
    if not names or "*" in names:
        return view
    wanted = {name for name in view if upper_name(name) in names or name in _ALWAYS or name == "ufCrmTask"}
    if "STATUS" in names:
        wanted.add("subStatus")
    return {name: value for name, value in view.items() if name in wanted}


def _change(call: Invocation, change: TaskChange) -> Json:
    person = call.portal.people.get(change.user_id)
    return {
        "id": change.id,
        "createdDate": portal_date(change.at),
        "field": change.field,
        "value": {"from": change.before, "to": change.after},
        "user": {
            "id": change.user_id,
            "name": person.first_name if person else "",
            "lastName": person.last_name if person else "",
            "secondName": "",
            "login": person.email if person else "",
        },
    }


def _comment(call: Invocation, comment: TaskComment) -> Json:
    person = call.portal.people.get(comment.author_id)
    return {
        "POST_MESSAGE_HTML": None,
        "ID": str(comment.id),
        "AUTHOR_ID": str(comment.author_id),
        "AUTHOR_NAME": person.name if person else "",
        "AUTHOR_EMAIL": "",
        "POST_DATE": portal_date(comment.at),
        "POST_MESSAGE": comment.text,
        "ATTACHED_OBJECTS": {},
    }
