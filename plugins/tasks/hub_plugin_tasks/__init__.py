"""Tasks of Bitrix24 as chat messages: changed, commented on, due, overdue, with buttons that act."""

from __future__ import annotations

from collections.abc import Iterable

from hub.plugin import (
    Command,
    Context,
    Job,
    Plugin,
    PortalObject,
    PortalSource,
    Timer,
    hookimpl,
)
from hub_plugin_tasks import buttons, due_cards, survey, watch
from hub_plugin_tasks.commands import TaskArgs
from hub_plugin_tasks.parts import Parts
from hub_plugin_tasks.settings import TasksSettings


class TasksPlugin(Plugin[TasksSettings]):
    """Watches the tasks that the hub's user may see."""

    api_version = "1.0"
    settings_model = TasksSettings

    def __init__(self, settings: TasksSettings, ctx: Context) -> None:
        super().__init__(settings, ctx)
        self._parts = Parts(settings, ctx)

    @hookimpl
    def portal_sources(self) -> Iterable[PortalSource]:
        """Declare the events of tasks and of their comments."""
        yield PortalSource(
            events=(watch.ADDED, watch.UPDATED, watch.DELETED, watch.COMMENTED),
            settle=self.settings.settle,
            coalesce=_task,
            notify=self._parts.watch.tell,
            catch_up=self._parts.feed.catch_up,
        )

    @hookimpl
    def commands(self) -> Iterable[Command]:
        """Declare what the buttons do, and ``/comment``."""
        commands = self._parts.commands
        yield Command(name=buttons.START, summary="Start a task", handler=commands.start, args_model=TaskArgs)
        yield Command(
            name=buttons.COMPLETE, summary="Complete a task", handler=commands.complete, args_model=TaskArgs
        )
        yield Command(
            name=buttons.POSTPONE,
            summary="Postpone a task by a day",
            handler=commands.postpone,
            args_model=TaskArgs,
        )
        yield Command(
            name=buttons.APPROVE, summary="Approve a task", handler=commands.approve, args_model=TaskArgs
        )
        yield Command(
            name=buttons.RETURN, summary="Return a task", handler=commands.give_back, args_model=TaskArgs
        )
        yield Command(
            name=due_cards.SHOW,
            summary="Show a task of a digest",
            handler=commands.show,
            args_model=TaskArgs,
            idempotent=True,
        )
        yield Command(name="comment", summary="Comment on a task", handler=commands.comment, idempotent=True)

    @hookimpl
    def jobs(self) -> Iterable[Job]:
        """Declare the look for overdue tasks."""
        yield Job(name="overdue", cron=self.settings.overdue_cron, run=self._parts.survey.start)

    @hookimpl
    def timers(self) -> Iterable[Timer]:
        """Declare how a long look goes on."""
        yield Timer(name=survey.TIMER, handler=self._parts.survey.go_on)


def _task(found: PortalObject) -> str:
    return f"task:{watch.task_of(found)}"
