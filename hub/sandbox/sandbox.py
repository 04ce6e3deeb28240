"""A running sandbox and everything a test wants of it."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx
import uvicorn

from hub.sandbox.actions import Actions
from hub.sandbox.application import ApplicationActions
from hub.sandbox.calls import Call
from hub.sandbox.clock import Clock
from hub.sandbox.faults import Faults
from hub.sandbox.limits import Limits
from hub.sandbox.model import Json, Message, Notification
from hub.sandbox.objects import Kind, Objects
from hub.sandbox.options import Options
from hub.sandbox.portal import Portal
from hub.sandbox.seed import start_over
from hub.sandbox.server import HOST, create_server, listen, webhook_url

T = TypeVar("T")

_STOP_SECONDS = 10.0


class Sandbox:
    """An emulated portal served from a thread. Start it with :meth:`running`."""

    def __init__(self, portal: Portal, url: str, actions: Actions, server: uvicorn.Server) -> None:
        self._portal = portal
        self._server = server
        self._actions = actions
        self._application = ApplicationActions(portal)
        self._objects = Objects(portal)
        self.url = url
        self.webhook_url = webhook_url(url, portal.options)

    @classmethod
    @contextmanager
    def running(cls, *, port: int = 0, state_file: Path | None = None, **options: Any) -> Iterator[Self]:
        """Serve a portal on *port* (0: a free one) while the block runs; *options* as in :class:`Options`."""
        portal = Portal(Options(state_file=state_file, **options), Clock())
        listener = listen(port)
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        server, actions = create_server(portal, url)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        sandbox = cls(portal, url, actions, server)
        try:
            yield sandbox
        finally:
            sandbox.end()
            thread.join(_STOP_SECONDS)
            listener.close()
            portal.close()

    def end(self) -> None:
        """Begin to stop, which takes a moment; the block of :meth:`running` waits for it."""
        self._server.should_exit = True

    @property
    def clock(self) -> Clock:
        """The portal's time."""
        return self._portal.clock

    @property
    def faults(self) -> Faults:
        """What goes wrong."""
        return self._portal.faults

    @property
    def limits(self) -> Limits:
        """Rate, budget, durations and costs."""
        return self._portal.limits

    @property
    def application(self) -> dict[str, str]:
        """What the settings of an application's client are: `portal`, `client_id` and `client_secret`."""
        options = self._portal.options
        return {
            "portal": self._portal.domain,
            "client_id": options.client_id,
            "client_secret": options.client_secret,
        }

    def messages(self, dialog: str | None = None) -> list[Message]:
        """Return stored messages, of one dialog as a bot addresses it, oldest first, deleted ones included."""
        with self._portal.lock:
            return [message for message in self._portal.messages if dialog in (None, message.dialog)]

    def shown(self, dialog: str) -> list[Message]:
        """Return what the chat shows, newest last."""
        return [message for message in self.messages(dialog) if not message.deleted]

    def notifications(self, user_id: int) -> list[Notification]:
        """Return the entries of a person's bell, newest last."""
        with self._portal.lock:
            return [shown for shown in self._portal.notifications if shown.user_id == user_id]

    def calls(self, method: str | None = None, *, since: int = 0) -> list[Call]:
        """Return the request log, oldest first, of *method* whatever its case, after the call *since*."""
        with self._portal.lock:
            return self._portal.calls.calls(method, since=since)

    def warnings(self) -> list[str]:
        """Return what callers got wrong without being refused, as `method: warning`."""
        return [f"{call.method}: {warning}" for call in self.calls() for warning in call.warnings]

    def wait_for(self, predicate: Callable[[], T], timeout: float = 5.0) -> T:
        """Wait until *predicate* is true, asking again after every change, and return what it returned.

        The portal stands still while *predicate* runs, so it must ask this object, not the portal over HTTP.

        Raises:
            TimeoutError: it did not come true within *timeout* seconds.
        """
        with self._portal.changed:
            found = self._portal.changed.wait_for(predicate, timeout)
        if not found:
            raise TimeoutError(f"the sandbox did not get there within {timeout} seconds")
        return found

    def say(self, user_id: int, dialog: str | int, text: str, *, reply_to: int | None = None) -> Message:
        """Write as a person; *dialog* as that person sees it: a bot's id, a colleague's id, `chat1157`."""
        return self._actions.say(user_id, str(dialog), text, reply_to=reply_to)

    def click(self, user_id: int, message: Message | int, label: str) -> Json:
        """Press the button called *label* and return what happened.

        Raises:
            LookupError: the message, as it is now, has no such button.
            RestError: it cannot be pressed.
        """
        message_id = message if isinstance(message, int) else message.id
        with self._portal.lock:
            current = self._portal.messages[message_id]
            for index, button in enumerate(current.keyboard):
                if button.get("TEXT") == label:
                    return self._actions.click(user_id, message_id, index)
        raise LookupError(f"message {message_id} has no button {label!r}, only {current.buttons}")

    def command(self, user_id: int, message: Message | int, params: str, *, command: str = "hub") -> int:
        """Press a button by what it sends, whether the message has it or not; return how many events that raised."""
        message_id = message if isinstance(message, int) else message.id
        return self._actions.command(user_id, message_id, command, params)

    def read(self, user_id: int, dialog: str | int) -> None:
        """Mark a dialog as read."""
        self._actions.read(user_id, str(dialog))

    def open_chat(self, title: str, members: list[int]) -> str:
        """Open a group chat owned by its first member and return its dialog id."""
        return self._actions.open_chat(title, members)

    def hire(self, first_name: str) -> int:
        """Let somebody join the company and return their id."""
        with self._portal.lock:
            id = max(person.id for person in self._portal.people) + 1000
            person = self._portal.people[27].model_copy(update={"id": id, "first_name": first_name})
            self._portal.people.put(person)
            return id

    def options(self, **changes: Any) -> None:
        """Change settings of the running portal, as in :class:`Options`."""
        with self._portal.lock:
            self._portal.options = self._portal.options.model_copy(update=changes)

    def change_chat(self, dialog: str, **changes: Any) -> None:
        """Change fields of a group chat, e.g. ``adders="owner"`` or ``members=(27, 31)``."""
        with self._portal.lock:
            chat = self._portal.chats[int(dialog.removeprefix("chat"))]
            self._portal.chats.put(chat.model_copy(update=changes))

    def change_person(self, user_id: int, **changes: Any) -> None:
        """Change fields of a person, e.g. ``active=False``."""
        with self._portal.lock:
            self._portal.people.put(self._portal.people[user_id].model_copy(update=changes))

    def install_app(self, handler_url: str, *, user_id: int = 1, framed: bool = False) -> httpx.Response:
        """Install the application; return what *handler_url* answered to ONAPPINSTALL or to the frame's POST."""
        return self._application.install(handler_url, user_id=user_id, framed=framed)

    def finish_install(self) -> None:
        """Do what a framed install page does with `BX24.installFinish()`; events are sent from now on."""
        self._application.finish_install()

    def update_app(self, handler_url: str, *, new_token: bool = False) -> httpx.Response:
        """Bring a new version, which drops every handler; return the answer to ONAPPUPDATE."""
        return self._application.update(handler_url, new_token=new_token)

    def uninstall_app(self, handler_url: str | None = None, *, clean: bool = False) -> httpx.Response | None:
        """Remove the application; ONAPPUNINSTALL goes to *handler_url*, else to whoever is bound."""
        return self._application.uninstall(handler_url, clean=clean)

    def authorize(self, user_id: int = 1) -> str:
        """Return the code that a person's consent gives, for `grant_type=authorization_code`."""
        return self._application.authorize(user_id)

    def outgoing_webhook(self, url: str, token: str, events: Iterable[str]) -> None:
        """Make an outgoing webhook by hand: *events* are posted to *url* with *token*."""
        self._application.outgoing_webhook(url, token, tuple(events))

    def add(self, kind: Kind, *, by: int | None = 1, **fields: Any) -> int:
        """Add a lead, deal or task as *by*, None being a robot, and return its id."""
        return self._objects.add(kind, by, fields)

    def change(self, kind: Kind, object_id: int, *, by: int | None = 1, **fields: Any) -> None:
        """Change a lead, deal or task as *by*, None being a robot."""
        self._objects.change(kind, object_id, by, fields)

    def remove(self, kind: Kind, object_id: int, *, by: int | None = 1) -> None:
        """Delete a lead, deal or task."""
        self._objects.remove(kind, object_id, by)

    def comment(self, task_id: int, text: str, *, by: int | None = 1) -> None:
        """Comment on a task."""
        self._objects.comment(task_id, text, by)

    def bindings(self) -> list[tuple[str, str]]:
        """Return event and handler of every subscription of the application."""
        with self._portal.lock:
            return [(binding.event, binding.handler) for binding in self._portal.bindings]

    def set_options(self, **options: Any) -> None:
        """Change fields of :class:`Options` until :meth:`reset`."""
        with self._portal.lock:
            self._portal.options = Options.model_validate({**dict(self._portal.options), **options})

    @contextmanager
    def holding_events(self) -> Iterator[None]:
        """Let events wait while the block runs; with `reverse_events` and `merge_events` the rest follows."""
        self._portal.holds_posts = True
        try:
            yield
        finally:
            with self._portal.lock:
                self._portal.holds_posts = False
                self._portal.feed.wake()

    def reset(self) -> None:
        """Start again with the seeded portal; the clock stays."""
        start_over(self._portal)
