"""``hub serve`` as a process of its own, and a look into its database."""

from __future__ import annotations

import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from faults.program import Program
from faults.waiting import wait_until
from hub.clock import SystemClock
from hub.pipeline.ledger import Ledger
from hub.pipeline.portal_state import PortalState
from hub.pipeline.trace import Trace
from hub.plugin import DeliveryState
from hub.storage.database import Database
from hub.storage.facts import Facts
from hub.storage.ledger import Gap, LedgerRows
from hub.storage.states import InboxState
from hub.storage.tables import Inbox, Outbox
from servers.process import listens

_UNFINISHED = (DeliveryState.PENDING, DeliveryState.SENDING)
_TABLES: Mapping[str, Mapping[str, Any]] = {
    "bitrix24": {"rate": 1000.0, "burst": 10000},
    "bot": {"token": "test-bot-token", "fallback": "user:1"},
    "plugins.numbered": {"token": "numbered-token"},
    "plugins.stuck": {"use": "numbered", "token": "numbered-token"},
    "plugins.patient": {"use": "numbered", "token": "numbered-token"},
    "plugins.patient.budgets": {"parse": "10m"},
}
_COUNTED = "numbered"


class Server:
    """A hub in *folder*, on a port that it keeps over restarts; *hub* are settings of ``[hub]``."""

    def __init__(self, folder: Path, webhook_url: str, **hub: str) -> None:
        self.folder = folder
        self.database_url = hub.get("database_url", f"sqlite:///{folder / 'hub.db'}")
        tables = {
            "hub": {"database_url": self.database_url, **hub},
            **_TABLES,
            "bitrix24": {**_TABLES["bitrix24"], "webhook_url": webhook_url},
        }
        (folder / "hub.toml").write_text(_toml(tables))
        port = lasting_port()
        self.url = f"http://127.0.0.1:{port}"
        self.program = Program(
            f"hub serve --port {port}",
            folder=folder,
            name="serve",
            ready="Listening on",
            env=installed(folder),
        )

    def worker(self, name: str) -> Program:
        """Return a process that works for this hub."""
        return Program(
            "hub worker", folder=self.folder, name=name, ready="Working", env=installed(self.folder)
        )

    def migrate(self) -> None:
        """Create the tables of a server's database."""
        env = {**os.environ, **installed(self.folder)}
        subprocess.run([sys.executable, "-m", "hub", "db", "upgrade"], cwd=self.folder, env=env, check=True)

    @property
    def file(self) -> Path:
        """The SQLite file."""
        return self.folder / "hub.db"

    def rows(self) -> Rows:
        """Return a look into the database."""
        return Rows(self.database_url)


class Rows:
    """What the hub's database says; use it as a context."""

    def __init__(self, url: str) -> None:
        self._database = Database(url, SystemClock())

    def __enter__(self) -> Rows:
        return self

    def __exit__(self, *error: object) -> None:
        self._database.close()

    def sending(self) -> int:
        """Return how many deliveries are with the portal now."""
        return self._count(col(Outbox.state) == DeliveryState.SENDING)

    def unfinished(self) -> int:
        """Return how many deliveries are not final."""
        return self._count(col(Outbox.state).in_(_UNFINISHED))

    def unprocessed(self) -> int:
        """Return how many accepted events of the numbered source are not final."""
        with self._database.read() as session:
            waiting = (col(Inbox.state) == InboxState.NEW, col(Inbox.instance) == _COUNTED)
            query = select(func.count()).select_from(Inbox).where(*waiting)
            return session.execute(query).scalar_one()

    def wait_until_settled(self, within: float) -> None:
        """Wait until every event and every delivery is final."""
        wait_until(
            lambda: not self.unprocessed() and not self.unfinished(),
            within=within,
            every=0.1,
            what=lambda: (
                f"all is done; {self.unprocessed()} events and {self.unfinished()} deliveries are left"
            ),
        )

    def wait_until_delivered(self, within: float) -> None:
        """Wait until every delivery is final."""
        left = self.unfinished
        wait_until(lambda: not left(), within=within, every=0.1, what=lambda: f"{left()} deliveries are left")

    def attempts(self, instance: str) -> int:
        """Return how often the events of an instance were taken up."""
        with self._database.read() as session:
            mine = col(Inbox.instance) == instance
            return session.scalar(select(func.coalesce(func.sum(Inbox.attempts), 0)).where(mine)) or 0

    def deliveries(self) -> list[Outbox]:
        """Return every delivery, oldest first."""
        with self._database.read() as session:
            return list(session.scalars(select(Outbox).order_by(col(Outbox.id))))

    def gaps(self) -> tuple[Gap, ...]:
        """Return what the ledger cannot explain."""
        return Ledger(LedgerRows(self._database), Facts(self._database)).examine()

    def trace(self, number: int) -> str:
        """Return what ``hub trace`` says about an event of the numbered source."""
        with self._database.read() as session:
            known = (col(Inbox.instance) == _COUNTED, col(Inbox.key) == str(number))
            id = session.scalars(select(col(Inbox.id)).where(*known)).first()
        if id is None:
            return f"{number}: the hub has no row of it"
        return f"{number}: {json.dumps(Trace(self._database, PortalState, dict).of(id), indent=1, ensure_ascii=False)}"

    def _count(self, condition: Any) -> int:
        with self._database.read() as session:
            return session.execute(select(func.count()).select_from(Outbox).where(condition)).scalar_one()


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the lock of a SQLite file, as another process does that writes."""
    with closing(sqlite3.connect(file, isolation_level=None, timeout=10)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@contextmanager
def full_disk(pid: int) -> Iterator[None]:
    """Let no file of a process grow, as on a disk that is full."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


def lasting_port() -> int:
    """Return a free port that stays free while nobody listens on it: below those the system gives to clients."""
    return next(port for port in iter(lambda: random.randrange(10_000, 30_000), None) if not listens(port))


def installed(folder: Path) -> dict[str, str]:
    """Install the numbered source for processes with the returned environment: a distribution in a folder."""
    metadata = folder / "site" / "hub_plugin_numbered-1.0.dist-info"
    metadata.mkdir(parents=True, exist_ok=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: hub-plugin-numbered\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[hub.plugins]\nnumbered = faults.numbered:NumberedPlugin\n")
    tests = Path(__file__).parents[1]
    return {"PYTHONPATH": f"{metadata.parent}:{tests}"}


def _toml(tables: Mapping[str, Mapping[str, Any]]) -> str:
    return "\n".join(
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in table.items())
        for name, table in tables.items()
    )
