"""Opening the database: one engine, short transactions, SQLite set so that a commit survives power loss."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, func, select
from sqlalchemy.engine import URL, Connection, ExceptionContext, make_url
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlmodel import Session

from hub.plugin import Clock, ConfigurationError
from hub.storage.counting import write_down
from hub.storage.direct import run

_BUSY_TIMEOUT_MS = 5000
_CLOCK = select(func.clock_timestamp())

#: PostgreSQL's class of errors for what is larger than it can be.
_LIMIT_EXCEEDED = "54"

#: What is raised when the database as a whole is at fault and no statement or value: it may work later.
AWAY = (OperationalError, InternalError, InterfaceError, NoConnection)

#: What is raised for a value that the database cannot hold, for example half a surrogate pair in a key.
UNFIT = (DataError, IntegrityError, UnicodeError)


class Database:
    """Transactions on the hub's database.

    No transaction may stay open across a call to the portal or to a plugin. SQLite has one writer: write
    transactions of this process queue on a lock of ours, which is fair enough and quicker than SQLite's busy
    waiting; other processes (the CLI) meet its busy timeout of 5 s.

    Attributes:
        has_a_clock: leases and due times count by the server's clock, because those of several hosts differ.

    Args:
        clock: the time where there is no server, and for tests, which move it, also where there is one.
    """

    def __init__(self, url: str, clock: Clock, *, moved: bool = False) -> None:
        self.url = database_url(url)
        self.has_a_clock = not (moved or self.is_sqlite)
        self._clock = clock
        self._write_lock = threading.Lock()
        self.engine = _open(self.url)
        self._writing = self.engine.execution_options(hub_write=True)
        # a transaction of SQLite sees one moment anyway
        options: dict[str, Any] = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._still = self.engine.execution_options(**options)

    @property
    def is_sqlite(self) -> bool:
        """True for the embedded database."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return Path(self.url.database or "")

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a transaction that only reads."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """Open a transaction that only reads, and sees the same moment in each of its statements."""
        with Session(self._still, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a transaction that writes; it commits at the end, or rolls back on an error."""
        if not self.is_sqlite:
            with Session(self._writing, expire_on_commit=False) as session, session.begin():
                yield session
                write_down(session)
            return
        with self.turn(), Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session
            write_down(session)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Take this process's turn to write SQLite, waiting for it no longer than SQLite would.

        Raises:
            OperationalError: it did not come, because another process keeps the database locked.
        """
        if not self._write_lock.acquire(timeout=_BUSY_TIMEOUT_MS / 1000):
            raise OperationalError("BEGIN IMMEDIATE", None, sqlite3.OperationalError("database is locked"))
        try:
            yield
        finally:
            self._write_lock.release()

    def now(self, session: Session) -> datetime:
        """Return the time by which leases and due times count."""
        return self.server_time(session) if self.has_a_clock else self._clock.now()

    def server_time(self, session: Session) -> datetime:
        """Return the real time of PostgreSQL, whatever a test calls the present."""
        moment: datetime = run(session, _CLOCK).scalar_one()
        return moment

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def database_url(text: str) -> URL:
    """Read a setting such as ``sqlite:///hub.db`` or ``postgresql://host/hub``."""
    url = make_url(text)
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and not url.database:
        raise ConfigurationError("hub.database_url: name a file, for example 'sqlite:///hub.db'")
    return url


def _open(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        try:
            engine = create_engine(
                url, pool_size=10, max_overflow=20, pool_pre_ping=True, hide_parameters=True
            )
        except ModuleNotFoundError as exc:
            raise ConfigurationError(
                "hub.database_url: PostgreSQL needs the extra: pip install 'bitrix24-hub[postgres]'"
            ) from exc
        event.listen(engine, "handle_error", _blame_the_value, retval=True)
        return engine
    engine = create_engine(
        url,
        pool_size=10,
        max_overflow=20,
        hide_parameters=True,  # they hold what senders sent
        connect_args={
            "check_same_thread": False,
            "timeout": _BUSY_TIMEOUT_MS / 1000,
            "isolation_level": None,
        },
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _blame_the_value(context: ExceptionContext) -> Exception | None:
    """Tell a value that is too long for an index, which PostgreSQL counts among its own troubles, as such."""
    state = getattr(context.original_exception, "sqlstate", None) or ""
    if not state.startswith(_LIMIT_EXCEEDED):
        return None
    return DataError(context.statement, None, context.original_exception, hide_parameters=True)


def sqlite_pragmas() -> tuple[str, ...]:
    """Return the settings of every SQLite connection."""
    return (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",  # NORMAL would lose what came since the last checkpoint with the power
        f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}",
        "PRAGMA foreign_keys=ON",
    )


def _prepare_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in sqlite_pragmas():
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("hub_write", False)
    # a deferred transaction that turns into a writer can fail with "database is locked" half way
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
