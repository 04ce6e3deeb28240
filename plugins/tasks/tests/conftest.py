"""A hub with the tasks plugin, and a portal whose events reach it or do not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hub.sandbox import Message
from hub.storage.states import InboxKind
from hub.testing import HubHarness, InstalledPlugin
from hub_plugin_tasks import TasksPlugin

TOKEN = "token-of-the-outgoing-webhook"
EVENTS = ("ONTASKADD", "ONTASKUPDATE", "ONTASKDELETE", "ONTASKCOMMENTADD")
SETTLED = timedelta(seconds=20)
LOOKED = timedelta(seconds=15)


class Tasks:
    """The tasks of a portal, and what the hub makes of what happens to them."""

    def __init__(self, hub: HubHarness) -> None:
        self.hub = hub
        self.portal = hub.bitrix24
        self._posts = False
        hub.settle()  # the first look, so that all that follows is news

    def post_events(self) -> None:
        """Let the portal post its events to the hub from now on; until then there is only catching up."""
        self.portal.outgoing_webhook(f"{self.hub.client.base_url.join('/bitrix24/events')}", TOKEN, EVENTS)
        self._posts = True

    def add(self, *, by: int, **fields: Any) -> int:
        """Add a task."""
        return self._happens(lambda: self.portal.add("task", by=by, **fields))

    def change(self, task: int, *, by: int | None, **fields: Any) -> None:
        """Change a task."""
        self._happens(lambda: self.portal.change("task", task, by=by, **fields))

    def comment(self, task: int, text: str, *, by: int) -> None:
        """Comment on a task."""
        self._happens(lambda: self.portal.comment(task, text, by=by))

    def remove(self, task: int, *, by: int) -> None:
        """Delete a task."""
        self._happens(lambda: self.portal.remove("task", task, by=by))

    def stored(self, task: int) -> Any:
        """Return the task as the portal has it."""
        return self.portal._portal.tasks.get(task)

    def comments(self, task: int) -> list[tuple[int, str]]:
        """Return author and text of each comment, of the old card or in the task's chat."""
        portal = self.portal._portal
        old = [(each.author_id, each.text) for each in portal.comments if each.task_id == task]
        chat = portal.tasks[task].chat_id
        return old + [(each.author_id, each.text) for each in portal.messages_of(chat)] if chat else old

    def tell(self) -> None:
        """Let the hub hear of what happened, one way or the other, and do all that follows."""
        if self._posts:
            self.hub.settle()
        else:
            self.pass_time(LOOKED)
        self.pass_time(SETTLED)

    def pass_time(self, length: timedelta) -> None:
        """Move the clocks of the portal and of the hub, and do what has come due."""
        self.portal.clock.advance(length.total_seconds())
        self.hub.move(length)

    def card(self, person: int) -> Message:
        """Return the newest message that a person got."""
        return self.hub.shown(str(person))[-1]

    def got(self, person: int) -> int:
        """Return how many messages a person got."""
        return len(self.hub.shown(str(person)))

    def read(self, person: int) -> list[str]:
        """Return all words of the newest message that a person got, line by line."""
        message = self.card(person)
        blocks: Iterable[Mapping[str, Any]] = (message.attach or {}).get("BLOCKS", ())
        rows = [f"{row['NAME']}: {row['VALUE']}" for block in blocks for row in block.get("GRID", ())]
        texts = [block["MESSAGE"] for block in blocks if "MESSAGE" in block]
        return "\n".join([message.text, *texts, *rows]).splitlines()

    def requests(self, *, messages: bool = True) -> int:
        """Count the requests that the portal got, a batch as one; without *messages*, those that carry none."""
        calls = self.portal.calls()
        carriers = {call.in_batch or call.id for call in calls if ".Message." in call.method}
        return sum(call.in_batch is None and (messages or call.id not in carriers) for call in calls)

    def _happens(self, what: Callable[[], Any]) -> Any:
        before = self._heard()
        result = what()
        deadline = time.monotonic() + 10
        while self._posts and self._heard() == before:
            assert time.monotonic() < deadline, "the portal's event did not arrive"
            time.sleep(0.002)
        return result

    def _heard(self) -> int:
        return sum(row.kind == InboxKind.PORTAL_EVENT for row in self.hub.events)


@pytest.fixture(scope="module")
def tasks_settings() -> Mapping[str, Any]:
    """Override it in a module to give the plugin other settings."""
    return {}


@pytest.fixture(scope="module")
def lasting_settings(tasks_settings: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "hub": {"public_url": "https://hub.example.org"},
        "bitrix24": {"application_tokens": [TOKEN]},
        "plugins": {"tasks": {"due_soon": "", **tasks_settings}},
    }


@pytest.fixture(scope="module")
def lasting_plugins() -> Sequence[InstalledPlugin]:
    return [InstalledPlugin("tasks", TasksPlugin)]


@pytest.fixture
def tasks(lasting_hub: HubHarness) -> Tasks:
    """A portal without events: the hub only finds out by looking."""
    return Tasks(lasting_hub)


@pytest.fixture
def monday(tasks: Tasks) -> datetime:
    """Begin on a Monday morning, some minutes after the full hour, with no task at all; return that moment."""
    for task in (3701, 3702, 3703):
        tasks.portal.remove("task", task)
    monday = datetime(2026, 11, 23, 6, 5, tzinfo=UTC)
    tasks.hub.clock.move_to(monday)
    tasks.hub.settle()
    return monday


@pytest.fixture(params=["event", "catch-up"])
def either(request: pytest.FixtureRequest, tasks: Tasks) -> Tasks:
    """Each test runs twice: with the portal's events, and with catching up alone."""
    if request.param == "event":
        tasks.post_events()
    return tasks


@pytest.fixture(params=["old card", "new card"])
def any_card(request: pytest.FixtureRequest, either: Tasks) -> Tasks:
    """Comments are those of the old card, or messages of the task's chat."""
    either.portal.set_options(new_task_card=request.param == "new card")
    return either
