"""The buttons of a task's card."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from hub.plugin import Action, T
from hub_plugin_tasks.task import Status, Task

START, COMPLETE, POSTPONE, APPROVE, RETURN = "start", "complete", "postpone", "approve", "return"
#: Command -> the right that it needs, as ``tasks.task.getaccess`` calls it.
RIGHTS = {
    START: "START",
    COMPLETE: "COMPLETE",
    POSTPONE: "CHANGE_DEADLINE",
    APPROVE: "APPROVE",
    RETURN: "DISAPPROVE",
}


def open_button(task: Task) -> Action:
    """Return the link to the task."""
    return Action(label=T("Open"), url=task.page)


def buttons(task: Task, allowed: Collection[str]) -> tuple[Action, ...]:
    """Return what somebody with the rights *allowed* can do with the task as it is."""
    return (open_button(task), *(each for each in _acting(task) if RIGHTS[each.command] in allowed))


def _acting(task: Task) -> Iterator[Action]:
    args = {"task": task.id}
    if task.status == Status.AWAITING_CONTROL:
        yield Action(label=T("Approve"), command=APPROVE, args=dict(args), style="primary")
        yield Action(label=T("Return"), command=RETURN, args=dict(args), style="alert")
    elif task.status != Status.COMPLETED:
        if task.status != Status.IN_PROGRESS:
            yield Action(label=T("Start"), command=START, args=dict(args), style="primary")
        yield Action(label=T("Complete"), command=COMPLETE, args=dict(args))
        if task.deadline is not None:
            yield Action(label=T("Postpone 1 day"), command=POSTPONE, args=dict(args))
