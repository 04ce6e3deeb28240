"""Tasks: how they look, who may do what, and the history that follows."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from hub.sandbox.clock import portal_date
from hub.sandbox.errors import RestError
from hub.sandbox.model import Chat, Json, Message, Person
from hub.sandbox.portal import Portal
from hub.sandbox.portal_events import UNDEFINED, raise_event
from hub.sandbox.task_model import Task, TaskChange, TaskComment

PENDING, IN_PROGRESS, AWAITING_CONTROL, COMPLETED, DEFERRED = 2, 3, 4, 5, 6

#: Action -> the statuses it starts from, and the one it leads to.
TRANSITIONS: Mapping[str, tuple[frozenset[int], int]] = {
    "start": (frozenset({PENDING, DEFERRED}), IN_PROGRESS),
    "pause": (frozenset({IN_PROGRESS}), PENDING),
    "defer": (frozenset({PENDING, IN_PROGRESS}), DEFERRED),
    "complete": (frozenset({PENDING, IN_PROGRESS, DEFERRED}), COMPLETED),
    "renew": (frozenset({AWAITING_CONTROL, COMPLETED, DEFERRED}), PENDING),
    "approve": (frozenset({AWAITING_CONTROL}), COMPLETED),
    "disapprove": (frozenset({AWAITING_CONTROL}), PENDING),
}
#: Field of filters and orders -> its value; STATUS is the one for sorting.
_FILTERS: Mapping[str, Callable[[Task], Any]] = {
    "ID": lambda task: task.id,
    "TITLE": lambda task: task.title,
    "REAL_STATUS": lambda task: task.status,
    "PRIORITY": lambda task: task.priority,
    "CREATED_BY": lambda task: task.created_by,
    "RESPONSIBLE_ID": lambda task: task.responsible_id,
    "ACCOMPLICE": lambda task: list(task.accomplices),
    "AUDITOR": lambda task: list(task.auditors),
    "GROUP_ID": lambda task: task.group_id,
    "STATUS_CHANGED_BY": lambda task: task.status_changed_by,
    "UF_CRM_TASK": lambda task: list(task.crm),
    "DEADLINE": lambda task: _date(task.deadline),
    "CREATED_DATE": lambda task: _date(task.created_at),
    "CHANGED_DATE": lambda task: _date(task.changed_at),
    "CLOSED_DATE": lambda task: _date(task.closed_at),
    "ACTIVITY_DATE": lambda task: _date(task.activity_at),
}
_BY_CREATOR_ONLY = {"approve", "disapprove"}
#: Field of `tasks.task.update` -> (stored field, name in the history).
_FIELDS = {
    "TITLE": "title",
    "DESCRIPTION": "description",
    "PRIORITY": "priority",
    "STATUS": "status",
    "DEADLINE": "deadline",
    "RESPONSIBLE_ID": "responsible_id",
    "CREATED_BY": "created_by",
    "ACCOMPLICES": "accomplices",
    "AUDITORS": "auditors",
    "GROUP_ID": "group_id",
    "TASK_CONTROL": "task_control",
    "UF_CRM_TASK": "crm",
}


class TaskStore:
    """The task tables with their rules. Lock held."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def add(self, fields: Mapping[str, Any], *, by: int | None) -> Task:
        """Add a task; *by* None: a robot did.

        Raises:
            RestError: no TITLE or RESPONSIBLE_ID.
        """
        values = read_fields(fields)
        if not values.get("title"):
            raise RestError("0", "Не указано название задачи")
        now, user = self._portal.clock.now(), self._user_id(by)
        defaults: Json = {"created_by": user, "responsible_id": user, "changed_by": user}
        stamps = {"created_at": now, "changed_at": now, "activity_at": now}
        task = Task(id=self._portal.tasks.next_id(), **{**defaults, **stamps, **values})
        if self._portal.options.new_task_card:
            task = self._open_chat(task)
        self._portal.tasks.put(task)
        self._remember(task, user, "NEW", None, None)
        data = {"FIELDS_BEFORE": UNDEFINED, "FIELDS_AFTER": {"ID": task.id}}
        self._raise("ONTASKADD", data, by, before="N")
        return task

    def change(self, task: Task, values: Mapping[str, Any], *, by: int | None) -> Task:
        """Change stored fields and write each difference to the history; *by* None: a robot did."""
        now, user = self._portal.clock.now(), self._user_id(by)
        changed = {name: value for name, value in values.items() if getattr(task, name) != value}
        update: Json = {**changed, "changed_at": now, "changed_by": user, "activity_at": now}
        if "status" in changed:
            update["status_changed_by"] = user
            update["closed_at"] = now if changed["status"] == COMPLETED else None
        new = self._portal.tasks.put(task.model_copy(update=update))
        names = {stored: name for name, stored in _FIELDS.items()}
        for stored in changed:
            before, after = history_value(getattr(task, stored)), history_value(getattr(new, stored))
            self._remember(task, user, names[stored], before, after)
        self._raise("ONTASKUPDATE", {"FIELDS_BEFORE": {"ID": task.id}, "FIELDS_AFTER": {"ID": task.id}}, by)
        return new

    def move(self, task: Task, action: str, *, by: int) -> Task:
        """Do one of the :data:`TRANSITIONS`."""
        status = TRANSITIONS[action][1]
        if action == "complete" and task.task_control and by != task.created_by:
            status = AWAITING_CONTROL
        return self.change(task, {"status": status}, by=by)

    def remove(self, task: Task, *, by: int | None) -> None:
        """Delete a task."""
        self._portal.tasks.remove(task.id)
        data = {"FIELDS_BEFORE": {"ID": task.id}, "FIELDS_AFTER": UNDEFINED}
        self._raise("ONTASKDELETE", data, by, after="N")

    def comment(self, task: Task, text: str, *, by: int | None) -> int:
        """Comment on a task, in the new card as a message of its chat; return the comment's or message's id."""
        now, user = self._portal.clock.now(), self._user_id(by)
        task = self._portal.tasks.put(task.model_copy(update={"activity_at": now}))
        if self._portal.options.new_task_card:
            number = self._say(task, text, user)
            after: Json = {"ID": 0, "TASK_ID": task.id, "MESSAGE_ID": number}
        else:
            number = self._portal.comments.next_id()
            comment = TaskComment(id=number, task_id=task.id, author_id=user, text=text, at=now)
            self._portal.comments.put(comment)
            self._remember(task, user, "COMMENT", None, str(number))
            after = {"ID": number, "TASK_ID": task.id}
        self._raise("ONTASKCOMMENTADD", {"FIELDS_BEFORE": UNDEFINED, "FIELDS_AFTER": after}, by)
        return number

    def may(self, person: Person, task: Task, action: str) -> bool:
        """Say whether *person* may do *action* with the task as it is."""
        creator = person.admin or person.id == task.created_by
        doer = creator or person.id == task.responsible_id or person.id in task.accomplices
        if action in TRANSITIONS:
            allowed = creator if action in _BY_CREATOR_ONLY else doer
            return allowed and task.status in TRANSITIONS[action][0]
        if action in ("edit", "remove"):
            return creator
        return creator or person.id == task.responsible_id

    def sees(self, person: Person, task: Task) -> bool:
        """Say whether *person* can open the task."""
        involved = {task.created_by, task.responsible_id, *task.accomplices, *task.auditors}
        return person.admin or person.id in involved

    def view(self, task: Task, viewer: Person) -> Json:
        """A task as `tasks.task.get` shows it to *viewer*, without `ufCrmTask`."""
        comments = sum(comment.task_id == task.id for comment in self._portal.comments) + (
            sum(message.author_id > 0 for message in self._portal.messages_of(task.chat_id))
            if task.chat_id
            else 0
        )
        return {
            "id": str(task.id),
            "title": task.title,
            "description": task.description,
            "status": str(task.status),
            "subStatus": str(self._sub_status(task)),
            "priority": str(task.priority),
            "createdBy": str(task.created_by),
            "responsibleId": str(task.responsible_id),
            "accomplices": [str(user) for user in task.accomplices],
            "auditors": [str(user) for user in task.auditors],
            "groupId": str(task.group_id),
            "createdDate": portal_date(task.created_at),
            "changedDate": portal_date(task.changed_at),
            "changedBy": str(task.changed_by),
            "statusChangedBy": str(task.status_changed_by) if task.status_changed_by else None,
            "closedDate": portal_date(task.closed_at) if task.closed_at else None,
            "activityDate": portal_date(task.activity_at),
            "deadline": portal_date(task.deadline) if task.deadline else None,
            "chatId": task.chat_id,
            "commentsCount": str(comments),
            "descriptionInBbcode": "Y",
            "favorite": "N",
            "group": [],
            "creator": self._user(task.created_by),
            "responsible": self._user(task.responsible_id),
            "action": {name: self.may(viewer, task, name) for name in ACTIONS},
        }

    def filter_row(self, task: Task, names: Iterable[str]) -> Json:
        """The fields of these names that filters and orders know."""
        return {
            name: self._sub_status(task) if name == "STATUS" else _FILTERS[name](task)
            for name in names
            if name == "STATUS" or name in _FILTERS
        }

    def _sub_status(self, task: Task) -> int:
        overdue = task.deadline is not None and task.deadline < self._portal.clock.now()
        return -1 if overdue and task.status in (PENDING, IN_PROGRESS) else task.status

    def _user(self, user_id: int) -> Json:
        person = self._portal.people.get(user_id)
        return {
            "id": str(user_id),
            "name": person.name if person else "",
            "link": f"/company/personal/user/{user_id}/",
            "icon": "/bitrix/images/tasks/default_avatar.png",
            "workPosition": person.position if person else "",
        }

    def _say(self, task: Task, text: str, user: int) -> int:
        portal, now = self._portal, self._portal.clock.now()
        if portal.chats.get(task.chat_id) is None:
            task = portal.tasks.put(self._open_chat(task))
        chat = portal.chats[task.chat_id]
        message = Message(
            id=portal.messages.next_id(),
            chat_id=chat.id,
            dialog=f"chat{chat.id}",
            author_id=user,
            text=text,
            at=now,
        )
        portal.append_message(message)
        people = frozenset(chat.members)
        portal.feed.publish("message", people, chat_id=chat.id, object_id=message.id)
        return message.id

    def _open_chat(self, task: Task) -> Task:
        involved = (task.created_by, task.responsible_id, *task.accomplices, *task.auditors)
        chat = Chat(
            id=self._portal.chats.next_id(),
            kind="chat",
            members=tuple(dict.fromkeys(involved)),
            title=task.title,
            owner=task.created_by,
            entity_type="TASKS_TASK",
            entity_id=str(task.id),
            created_at=self._portal.clock.now(),
        )
        self._portal.chats.put(chat)
        return task.model_copy(update={"chat_id": chat.id})

    def _user_id(self, by: int | None) -> int:
        return by or self._portal.options.webhook_user

    def _raise(
        self, name: str, fields: Json, by: int | None, *, before: str = UNDEFINED, after: str = UNDEFINED
    ) -> None:
        accessible = {"IS_ACCESSIBLE_BEFORE": before, "IS_ACCESSIBLE_AFTER": after}
        raise_event(self._portal, name, fields | accessible, by=by)

    def _remember(self, task: Task, by: int, field: str, before: str | None, after: str | None) -> None:
        changes = self._portal.task_changes
        changes.put(
            TaskChange(
                id=changes.next_id(),
                task_id=task.id,
                at=self._portal.clock.now(),
                user_id=by,
                field=field,
                before=before,
                after=after,
            )
        )


#: What `action` of a task names.
ACTIONS = (*TRANSITIONS, "delegate", "remove", "edit", "changeDeadline")


def read_fields(fields: Mapping[str, Any]) -> Json:
    """Translate the upper-case fields of a call to stored ones; unknown ones are left out."""
    values: Json = {}
    for name, value in fields.items():
        stored = _FIELDS.get(name.upper())
        if stored == "deadline":
            values[stored] = datetime.fromisoformat(value).astimezone() if value else None
        elif stored in ("accomplices", "auditors"):
            values[stored] = tuple(int(user) for user in value or [])
        elif stored == "crm":
            values[stored] = tuple(str(item) for item in value or [])
        elif stored in ("title", "description"):
            values[stored] = str(value)
        elif stored == "task_control":
            values[stored] = value in ("Y", True)
        elif stored is not None:
            values[stored] = int(value)
    return values


def _date(moment: datetime | None) -> str | None:
    return portal_date(moment) if moment else None


def upper_name(name: str) -> str:
    """`responsibleId` -> `RESPONSIBLE_ID`."""
    return "".join(f"_{char}" if char.isupper() else char for char in name).upper()


def history_value(value: Any) -> str | None:
    """A stored value as the history shows it: dates as Unix seconds, lists comma separated."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return str(int(value.timestamp()))
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
