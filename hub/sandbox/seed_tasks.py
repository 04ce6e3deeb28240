"""The tasks of a fresh portal: due, overdue, done."""

from datetime import timedelta
from typing import Any

from hub.sandbox.portal import Portal
from hub.sandbox.task_store import COMPLETED, IN_PROGRESS, TaskStore


def settle_tasks(portal: Portal) -> None:
    """Fill an empty task list."""
    now = portal.clock.now()
    tasks: tuple[dict[str, Any], ...] = (
        {
            "TITLE": "Отправить договор",
            "RESPONSIBLE_ID": 27,
            "CREATED_BY": 31,
            "AUDITORS": [1],
            "PRIORITY": 2,
            "UF_CRM_TASK": ["D_1201"],
            "DEADLINE": (now - timedelta(days=1)).isoformat(),
        },
        {
            "TITLE": "Renew the certificate",
            "RESPONSIBLE_ID": 19,
            "CREATED_BY": 17,
            "STATUS": IN_PROGRESS,
            "DEADLINE": (now + timedelta(hours=20)).isoformat(),
        },
        {
            "TITLE": "Сверить остатки",
            "RESPONSIBLE_ID": 39,
            "CREATED_BY": 1,
            "ACCOMPLICES": [35],
            "DEADLINE": (now + timedelta(days=5)).isoformat(),
        },
        {"TITLE": "Order badges", "RESPONSIBLE_ID": 25, "CREATED_BY": 23, "STATUS": COMPLETED},
    )
    store = TaskStore(portal)
    for task in tasks:
        store.add(task, by=task["CREATED_BY"])
