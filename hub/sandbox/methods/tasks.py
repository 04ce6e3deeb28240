"""`tasks.task.get`, `.list`, `.history.list`, `.getaccess` and `task.commentitem.*`."""

from typing import Any

from hub.sandbox.clock import portal_date
from hub.sandbox.errors import RestError
from hub.sandbox.model import Json, Person
from hub.sandbox.parameters import array, integer, mapping
from hub.sandbox.registry import Invocation, Page, method
from hub.sandbox.rows import filter_rows, page, sort_rows, split_filter
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
    wanted, order = call.get("filter", {}), call.get("order") or {"ID": "desc"}
    names = {split_filter(key)[1] for key in wanted} | {*order}
    rows = [
        {**store.filter_row(task, names), "": task} for task in call.portal.tasks if store.sees(person, task)
    ]
    rows = filter_rows(rows, wanted, unknown=lambda field: call.warn(f"filter.{field} was ignored"))

    def shown(part: list[Json]) -> Json:
        return {"tasks": [_listed(call, store, person, row[""]) for row in part]}

    return page(sort_rows(rows, order), call.get("start", 0), result=shown)


@method("tasks.task.history.list", _ID, mapping("filter"), mapping("order"), scope="task")
def history(call: Invocation) -> Json:
    task = existing_task(call)
    field = call.get("filter", {}).get("FIELD")
    changes = [
        change
        for change in call.portal.task_changes
        if change.task_id == task.id and field in (None, change.field)
    ]
    order = call.get("order") or {"ID": "desc"}
    backwards = str(next(iter(order.values()))).lower() == "desc"
    return {"list": [_change(call, change) for change in (changes[::-1] if backwards else changes)]}


@method("tasks.task.getaccess", _ID, array("users"), scope="task")
def access(call: Invocation) -> Json:
    store = TaskStore(call.portal)
    task = call.portal.tasks.get(call.params["taskId"])
    if task is None or not store.sees(call.portal.people[call.caller.user_id], task):
        return {"allowedActions": []}
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
    "task.commentitem.get",
    integer("TASKID", missing="100"),
    integer("ITEMID", missing="100"),
    scope="task",
    ignore_case=True,
)
def comment(call: Invocation) -> Json:
    task = existing_task(call, "TASKID")
    found = call.portal.comments.get(call.params["ITEMID"])
    if found is None or found.task_id != task.id:
        raise RestError("ERROR_CORE", "Комментарий не найден")
    return _comment(call, found)


@method("api/tasks.task.chat.message.send", mapping("fields", missing="100"), scope="tasks")
def send_to_chat(call: Invocation) -> Json:
    fields = call.params["fields"]
    task = call.portal.tasks.get(int(fields.get("taskId") or 0))
    store = TaskStore(call.portal)
    if task is None or not store.sees(call.portal.people[call.caller.user_id], task):
        raise RestError("BITRIX_REST_V3_EXCEPTION_ENTITYNOTFOUNDEXCEPTION", "Task not found")
    if not str(fields.get("text") or "").strip():
        raise RestError("BITRIX_REST_V3_EXCEPTION_VALIDATION_REQUESTVALIDATIONEXCEPTION", "No text")
    store.comment(task, str(fields["text"]), by=call.caller.user_id)
    return {"result": True}


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
    rows = filter_rows(
        rows, call.get("FILTER", {}), unknown=lambda field: call.warn(f"FILTER.{field} was ignored")
    )
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


def _listed(call: Invocation, store: TaskStore, person: Person, task: Task) -> Json:
    view = store.view(task, person)
    view.pop("action")
    return _selected(task, view, call.get("select", []))


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
