"""Changing tasks: `tasks.task.add`, `.update`, `.delete`, `.delegate` and the moves between statuses."""

from hub.sandbox.errors import RestError
from hub.sandbox.methods.tasks import existing_task
from hub.sandbox.model import Json
from hub.sandbox.parameters import integer, mapping
from hub.sandbox.registry import Invocation, Method, method
from hub.sandbox.task_model import Task
from hub.sandbox.task_store import TaskStore, read_fields

_ID = integer("taskId", missing="100")


@method("tasks.task.add", mapping("fields", missing="100"), scope="task")
def add(call: Invocation) -> Json:
    return _answer(call, TaskStore(call.portal).add(call.params["fields"], by=call.caller.user_id))


@method("tasks.task.update", _ID, mapping("fields", missing="100"), scope="task")
def update(call: Invocation) -> Json:
    return _change(call, "edit", read_fields(call.params["fields"]))


@method("tasks.task.delete", _ID, scope="task")
def delete(call: Invocation) -> Json:
    task = existing_task(call)
    if not TaskStore(call.portal).may(call.portal.people[call.caller.user_id], task, "remove"):
        raise RestError("1048582", "Action on the task is not allowed")
    TaskStore(call.portal).remove(task, by=call.caller.user_id)
    return {"task": True}


@method("tasks.task.delegate", _ID, integer("userId", missing="100"), scope="task")
def delegate(call: Invocation) -> Json:
    return _change(call, "delegate", {"responsible_id": call.params["userId"]})


def _transition(action: str) -> Method:
    @method(f"tasks.task.{action}", _ID, scope="task")
    def move(call: Invocation) -> Json:
        task = _allowed(call, action)
        return _answer(call, TaskStore(call.portal).move(task, action, by=call.caller.user_id))

    return move


start, pause, defer, complete = (_transition(name) for name in ("start", "pause", "defer", "complete"))
renew, approve, disapprove = (_transition(name) for name in ("renew", "approve", "disapprove"))


def _change(call: Invocation, action: str, values: Json) -> Json:
    task = _allowed(call, action)
    return _answer(call, TaskStore(call.portal).change(task, values, by=call.caller.user_id))


def _allowed(call: Invocation, action: str) -> Task:
    task = existing_task(call)
    if not TaskStore(call.portal).may(call.portal.people[call.caller.user_id], task, action):
        raise RestError("1048582", "Action on the task is not allowed")
    return task


def _answer(call: Invocation, task: Task) -> Json:
    person = call.portal.people[call.caller.user_id]
    return {"task": TaskStore(call.portal).view(task, person)}
