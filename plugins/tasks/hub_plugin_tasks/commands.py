"""What the buttons do, for the person who clicks: the portal itself only knows the hub's own user."""

from __future__ import annotations

import logging
import re

from pydantic import BaseModel, ConfigDict, Field

from hub.plugin import Clock, CommandCall, PermanentFailure, PluginError, Reply, T, Text
from hub_plugin_tasks.buttons import APPROVE, COMPLETE, POSTPONE, RETURN, RIGHTS, START
from hub_plugin_tasks.cards import Cards
from hub_plugin_tasks.due_cards import DueCards
from hub_plugin_tasks.hours import Hours, zone_of
from hub_plugin_tasks.memory import Memory
from hub_plugin_tasks.office import Office
from hub_plugin_tasks.task import Status, Task

#: Command -> the portal's method.
_METHODS = {START: "start", COMPLETE: "complete", APPROVE: "approve", RETURN: "disapprove"}
_THREAD = re.compile(r"task:([1-9][0-9]{0,18})(:.*)?")


class TaskArgs(BaseModel):
    """Which task."""

    model_config = ConfigDict(extra="forbid")

    task: str = Field(pattern=r"^[1-9][0-9]{0,18}$")


class Commands:
    """Moves tasks, and says who asked for it in a comment."""

    def __init__(
        self,
        *,
        office: Office,
        memory: Memory,
        cards: Cards,
        due_cards: DueCards,
        hours: Hours,
        clock: Clock,
        log: logging.Logger | logging.LoggerAdapter[logging.Logger],
    ) -> None:
        self._office = office
        self._memory = memory
        self._cards = cards
        self._due_cards = due_cards
        self._hours = hours
        self._clock = clock
        self._log = log

    def start(self, call: CommandCall) -> Reply:
        """Begin to work on a task."""
        return self._move(call, START, T("Start"), "Started from the chat: {name}")

    def complete(self, call: CommandCall) -> Reply:
        """Complete a task, or hand it over for approval."""
        return self._move(call, COMPLETE, T("Complete"), "Completed from the chat: {name}")

    def approve(self, call: CommandCall) -> Reply:
        """Accept the work."""
        return self._move(call, APPROVE, T("Approve"), "Approved from the chat: {name}")

    def give_back(self, call: CommandCall) -> Reply:
        """Return the task to whoever did it."""
        return self._move(call, RETURN, T("Return"), "Returned from the chat: {name}")

    def postpone(self, call: CommandCall) -> Reply:
        """Move the deadline to the next day."""
        task = self._checked(call, POSTPONE)
        if isinstance(task, Reply):
            return task
        if task.deadline is None:
            return self._vanish(call, task, T("The task has no deadline any more."))
        zone = self._office.zones([call.actor])[call.actor]
        now = self._clock.now()
        deadline = self._hours.postponed(task.deadline, now, zone_of(zone, task.deadline)).astimezone(
            task.deadline.tzinfo
        )
        by = self._office.set_deadline(task.id, deadline)
        self._memory.did(task.id, "DEADLINE", deadline.isoformat(timespec="seconds"), actor=call.actor, by=by)
        self._record(task, call, "Postponed from the chat: {name}")
        after = task.model_copy(update={"deadline": deadline})
        return self._done(after, call, T("Postpone 1 day"))

    def show(self, call: CommandCall) -> Reply:
        """Show one task of a digest by itself, and leave the digest as it is."""
        task = self._existing(str(call.args["task"]))
        allowed = self._rights(task, call)
        now = self._clock.now()
        if task.deadline is None or task.status in (Status.COMPLETED, Status.DEFERRED):
            card = self._cards.now(task, 0, call.actor, allowed)
        else:
            card = self._due_cards.card(task, call.actor, now, allowed, overdue=task.deadline < now)
        shown = card.model_copy(update={"key": f"task:{task.id}:shown:{call.id}", "loud": True})
        self._memory.hold(task.id, [call.actor])
        return Reply(notification=call.notification, notifications=(shown,))

    def comment(self, call: CommandCall) -> Reply:
        """Comment on the task of the card; what was typed is the comment.

        May run twice: the chat of a task takes a key once, and in the old card the comment is found.
        """
        found = _THREAD.fullmatch(call.notification.thread) if call.notification is not None else None
        text = call.text.strip()
        if found is None or not text:
            raise PermanentFailure("reply to the card of a task with /comment and what you want to say")
        task = self._existing(found[1])
        if call.actor not in task.participants:
            raise PermanentFailure("only those who take part in the task can comment on it")
        written = f"{self._office.person(call.actor).name}: {text}" if task.chat else text
        if not self._is_written(task, written, call.actor):
            id = self._office.comment(task, written, author=call.actor, key=call.id)
            self._memory.wrote(task.id, id, written, actor=call.actor, silent=False)
        return Reply(text=T("Written into the task."), private=True, notification=call.notification)

    def _is_written(self, task: Task, text: str, author: str) -> bool:
        """Say whether the newest comment of the old card is this one already."""
        if task.chat:
            return False
        seen = self._memory.seen(task.id)
        rows = self._office.comments(task, seen.comment if seen is not None else 0)
        newest = rows[-1] if rows else {}
        return (newest.get("POST_MESSAGE"), str(newest.get("AUTHOR_ID"))) == (text, author)

    def _existing(self, id: str) -> Task:
        task = self._office.task(id)
        if task is None:
            raise PermanentFailure("the task was deleted, or the hub may not see it")
        return task

    def _move(self, call: CommandCall, command: str, label: Text, comment: str) -> Reply:
        task = self._checked(call, command)
        if isinstance(task, Reply):
            return task
        moved, by = self._office.move(task, _METHODS[command])
        self._memory.did(task.id, "STATUS", moved.status, actor=call.actor, by=by)
        self._record(moved, call, comment)
        return self._done(moved, call, label)

    def _checked(self, call: CommandCall, command: str) -> Task | Reply:
        """Return the task, or what to answer when the person cannot do that with it."""
        task = self._office.task(str(call.args["task"]))
        if task is None:
            words = T("The task was deleted, or the hub may not see it any more.")
            card = (
                None
                if call.notification is None
                else call.notification.model_copy(update={"actions": (), "url": ""})
            )
            return Reply(text=words, private=True, notification=card)
        if RIGHTS[command] in self._rights(task, call):
            return task
        if task.status == Status.COMPLETED:
            return self._vanish(call, task, T("The task is closed already."))
        return self._vanish(call, task, T("You cannot do that with this task, or not any more."))

    def _done(self, task: Task, call: CommandCall, label: Text) -> Reply:
        rights = self._rights(task, call)
        return Reply(notification=self._cards.done(task, label, call.actor, self._clock.now(), rights))

    def _vanish(self, call: CommandCall, task: Task, words: Text) -> Reply:
        """Say why it cannot be done, and let the card show what can."""
        card = self._cards.now(task, 0, call.actor, self._rights(task, call))
        return Reply(text=words, private=True, notification=card)

    def _rights(self, task: Task, call: CommandCall) -> frozenset[str]:
        return self._office.allowed(task.id, [call.actor]).get(call.actor, frozenset())

    def _record(self, task: Task, call: CommandCall, comment: str) -> None:
        """Say in the task who asked, for the portal names the hub's own user."""
        text = comment.format(name=self._office.person(call.actor).name)
        try:
            id = self._office.comment(task, text, author=call.actor, key=call.id)
        except PluginError as exc:  # it is done all the same
            self._log.warning("task %s has no comment on who asked: %s", task.id, exc)
            return
        self._memory.wrote(task.id, id, text, actor=call.actor, silent=True)
