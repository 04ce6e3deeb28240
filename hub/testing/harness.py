"""A whole hub for tests: the real app, registry, database file and workers, against the sandbox portal."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from hub.testing.clock import MovedClock
from hub.testing.new_database import new_database
from hub.testing.serving import served

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.plugin import Plugin
    from hub.sandbox import Message, Sandbox
    from hub.storage.chat_tables import Action
    from hub.storage.tables import Inbox, NotificationRow, Outbox
    from hub.testing.rings import Rings

#: Settings every test hub begins with; the portal's limits are out of the way.
DEFAULTS: Mapping[str, Any] = {
    "hub": {},
    "bitrix24": {"rate": 1000.0, "burst": 10000},
    "bot": {"token": "test-bot-token", "fallback": "user:1"},
}


#: What changes while there is something left to do.
_STATES = (
    "SELECT id, state, attempts, due_at FROM inbox",
    "SELECT id, state, attempts, due_at, told FROM outbox",
    "SELECT id, state, attempts, due_at FROM actions",
)


class InstalledPlugin:
    """A plugin class as if it were installed; give a list of these to :func:`running_hub`."""

    dist = None

    def __init__(self, name: str, plugin: type[Plugin[Any]]) -> None:
        self.name = name
        self._plugin = plugin

    def load(self) -> object:
        """Return the class, as loading an entry point does."""
        return self._plugin


class HubHarness:
    """What a test does to a hub and sees of it.

    Attributes:
        app: the hub under test.
        bitrix24: the emulated portal; make it misbehave with ``bitrix24.faults``.
        clock: the hub's time; move it.
        rings: what the broker brings.
    """

    def __init__(
        self, app: Hub, bitrix24: Sandbox, clock: MovedClock, client: httpx.Client, rings: Rings
    ) -> None:
        self.app = app
        self.bitrix24 = bitrix24
        self.clock = clock
        self.client = client
        self.rings = rings

    def receive(
        self,
        instance: str,
        body: bytes | str | Mapping[str, Any] | Sequence[Any] = b"",
        *,
        headers: Mapping[str, str] | None = None,
        path: str = "",
        method: str = "POST",
        settle: bool = True,
    ) -> httpx.Response:
        """Send a request to ``/in/<instance>`` and, unless told not to, wait until everything that follows is done."""
        content = body if isinstance(body, str | bytes) else json.dumps(body, ensure_ascii=False).encode()
        url = "/".join(part for part in (f"/in/{instance}", path) if part)
        response: httpx.Response = self.client.request(
            method, url, content=content, headers={"content-type": "application/json", **(headers or {})}
        )
        if settle:
            self.settle()
        return response

    def click(self, user: int, message: Message | int, label: str) -> None:
        """Let somebody click a button, and do all that follows."""
        self.bitrix24.click(user, message, label)
        self.fetch()

    def say(self, user: int, text: str, *, dialog: str = "", reply_to: int | None = None) -> None:
        """Let somebody write to the bot, or in a group chat, and do all that follows."""
        bot = int(self.app.bot.identity().id)
        self.bitrix24.say(user, dialog=dialog or str(bot), text=text, reply_to=reply_to)
        self.fetch()

    def fetch(self) -> None:
        """Fetch what people clicked and wrote, and do all that follows."""
        self.app.fetching.look()
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is left to do at the clock's present time."""
        before: object = None
        while before != (before := self._snapshot()):
            self.app.schedule.tick()
            self.app.catch_up.turn()
            self.app.folding.keep()
            self.app.housekeeping.sweep()
            for _ in range(3):  # what was processed rings for actions, and what was done for delivery
                self.app.bell.flush()
                self.rings.wait()
            self.app.tell.tell()
        self.app.housekeeping.write_statistics()

    def move(self, by: timedelta) -> None:
        """Move the clock and do what has come due."""
        self.clock.move(by)
        self.settle()

    @property
    def events(self) -> list[Inbox]:
        """Accepted rows, oldest first."""
        from hub.storage.tables import Inbox  # noqa: PLC0415 - plugins' tests that need no hub stay quick

        return self._rows(Inbox)

    @property
    def notifications(self) -> list[NotificationRow]:
        """Facts, oldest first."""
        from hub.storage.tables import NotificationRow  # noqa: PLC0415

        return self._rows(NotificationRow)

    @property
    def deliveries(self) -> list[Outbox]:
        """Outbox rows, oldest first."""
        from hub.storage.tables import Outbox  # noqa: PLC0415

        return self._rows(Outbox)

    @property
    def actions(self) -> list[Action]:
        """What people clicked and typed, oldest first."""
        from hub.storage.chat_tables import Action  # noqa: PLC0415

        return self._rows(Action)

    def shown(self, dialog: str) -> list[Message]:
        """Return what a dialog shows, oldest first."""
        return self.bitrix24.shown(dialog)

    def _rows(self, table: Any) -> list[Any]:
        from sqlalchemy import select  # noqa: PLC0415

        with self.app.database.read() as session:
            return list(session.scalars(select(table).order_by(table.id)))

    def _snapshot(self) -> object:
        with self.app.database.engine.connect() as connection:
            return [sorted(map(tuple, connection.exec_driver_sql(each))) for each in _STATES]


@contextmanager
def running_hub(
    settings: Mapping[str, Any] | None = None,
    *,
    plugins: Sequence[InstalledPlugin] | None = None,
    folder: Path | None = None,
    clock: MovedClock | None = None,
    sandbox: Sandbox | None = None,
    servers: Mapping[str, str] | None = None,
    port: int = 0,
) -> Iterator[HubHarness]:
    """Run a hub in this process.

    Args:
        settings: tables of ``hub.toml`` that differ from :data:`DEFAULTS`.
        plugins: instead of the installed ones.
        folder: for the database; a temporary one by default. Give it twice to restart a hub.
        sandbox: a portal that is running already.
        servers: ``database_url`` and ``broker_url``, instead of a SQLite file and nothing.
        port: where it listens, so that ``public_url`` can name it; 0 = a free one.
    """
    from hub.app import Hub  # noqa: PLC0415 - the app is heavy
    from hub.sandbox import Sandbox  # noqa: PLC0415
    from hub.settings import Settings  # noqa: PLC0415
    from hub.storage import migrate  # noqa: PLC0415
    from hub.testing.rings import Rings  # noqa: PLC0415

    with ExitStack() as ending:
        if folder is None:
            folder = Path(ending.enter_context(tempfile.TemporaryDirectory()))
        is_ours = sandbox is None
        if sandbox is None:
            sandbox = ending.enter_context(Sandbox.running())
        tables = {
            name: dict(table) if isinstance(table, Mapping) else table for name, table in DEFAULTS.items()
        }
        file = folder / "hub.db"
        if not file.exists():
            file.write_bytes(new_database())
        tables["hub"] |= {"database_url": f"sqlite:///{file}", **(servers or {})}
        tables["bitrix24"]["webhook_url"] = sandbox.webhook_url
        for name, table in (settings or {}).items():
            tables[name] = {**tables.get(name, {}), **table} if isinstance(table, Mapping) else table
        moved = clock or MovedClock()
        app = Hub(Settings.model_validate(tables), clock=moved, plugins=plugins, duties=False, linger=0)
        rings = Rings()
        ending.callback(app.close)
        for broker in (app.brokers.process, app.brokers.act, app.brokers.deliver):
            broker.add_middleware(rings)
        migrate.upgrade(app.database)
        server = ending.enter_context(served(app.web, port))
        ending.callback(app.stop)
        app.start(work=True)
        yield HubHarness(app, sandbox, moved, server.client, rings)
        server.end()  # the servers and the app stop at the same time, because each takes a moment
        if is_ours:
            sandbox.end()
