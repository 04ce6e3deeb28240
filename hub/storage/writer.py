"""The accept path's writer: concurrent requests share one commit.

One thread takes whatever is waiting, inserts it with one multi-row statement and commits once, so batches
form by themselves under load. The ORM stays off this path. On SQLite and PostgreSQL a commit returns only
when the rows survive a power cut.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from hub.storage.columns import to_micros
from hub.storage.database import Database
from hub.storage.ids import IdFactory
from hub.storage.insert import Connection, RowsRefused, WriteFailed, connect
from hub.storage.states import InboxKind, InboxState

log = structlog.get_logger("hub.storage")

_MAX_WAITING = 10_000
_MAX_BATCH = 500
#: Bytes of bodies that may wait, and after which a batch is full.
_MAX_WAITING_BYTES = 64 * 1024 * 1024
_MAX_BATCH_BYTES = 8 * 1024 * 1024


class WriterFull(Exception):
    """More requests wait for a commit than the writer may hold; answer 503."""


@dataclass(frozen=True, kw_only=True)
class NewRow:
    """An inbox row to write; equal (instance, key) is written once and counted."""

    instance: str
    key: str
    kind: InboxKind = InboxKind.HTTP
    group: str | None = None
    received_at: datetime
    request: str  #: JSON
    body: bytes
    sealed: bool = False
    rejected: str = ""


@dataclass(frozen=True, kw_only=True)
class Written:
    """What became of a row: its id, or the id of the row that was there before."""

    id: str
    duplicate: bool


Done = Callable[["list[Written] | WriteFailed"], None]


@dataclass(frozen=True)
class _Waiting:
    rows: Sequence[NewRow]
    done: Done = field(compare=False)

    @property
    def bytes(self) -> int:
        return sum(len(row.body) for row in self.rows)


class InboxWriter:
    """Writes inbox rows in groups; start it once per web process.

    *committed* is told the rows and the seconds of each commit.
    """

    def __init__(
        self,
        database: Database,
        ids: IdFactory,
        committed: Callable[[int, float], None] = lambda rows, seconds: None,
    ) -> None:
        self._database = database
        self._ids = ids
        self._committed = committed
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._connection: Connection | None = None
        self._closing = False
        self._submitting = threading.Lock()
        self._waiting_bytes = 0

    def start(self) -> None:
        """Start the writer's thread."""
        self._thread = threading.Thread(target=self._run, name="inbox-writer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, then end."""
        with self._submitting:  # nothing is queued behind the end, where nobody would write it
            self._closing = True
            self._waiting.put(None)
        if self._thread is not None:
            self._thread.join()

    def submit(self, rows: Sequence[NewRow], done: Done) -> None:
        """Queue *rows*; *done* is called on the writer's thread after the commit, with one result each.

        Raises:
            WriterFull: too much waits already, or the writer is stopping.
        """
        with self._submitting:
            if self._closing or self._waiting.qsize() >= _MAX_WAITING:
                raise WriterFull
            waiting = _Waiting(rows, done)
            if self._waiting_bytes and self._waiting_bytes + waiting.bytes > _MAX_WAITING_BYTES:
                raise WriterFull
            self._waiting_bytes += waiting.bytes
            self._waiting.put(waiting)

    def _run(self) -> None:
        ended = False
        while not ended:
            batch, ended = self._next_batch()
            if batch:
                self._commit(batch)
        self._disconnect()

    def _commit(self, batch: Sequence[_Waiting]) -> None:
        results: list[Written] | WriteFailed
        began = time.perf_counter()
        try:
            self._connection = self._connection or connect(self._database)
            results = self._write(self._connection, [row for waiting in batch for row in waiting.rows])
        except RowsRefused as exc:
            if len(batch) > 1:
                for waiting in batch:
                    self._commit([waiting])
                return
            results = exc
        except WriteFailed as exc:
            self._disconnect()
            results = exc
        except Exception as exc:  # the top of the thread: without it every later request would hang
            log.exception("writing failed")
            self._disconnect()
            results = WriteFailed(type(exc).__name__)
        seconds = time.perf_counter() - began
        _tell(batch, results)
        if not isinstance(results, Exception):
            self._committed(len(results), seconds)
            # one line for all of them: senders have their answers, but the next ones wait for this thread
            log.info("events committed", events=[row.id for row in results if not row.duplicate])

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _next_batch(self) -> tuple[list[_Waiting], bool]:
        batch: list[_Waiting] = []
        size = size_bytes = 0
        item = self._waiting.get()
        while item is not None:
            batch.append(item)
            size += len(item.rows)
            size_bytes += item.bytes
            with self._submitting:
                self._waiting_bytes -= item.bytes
            if size >= _MAX_BATCH or size_bytes >= _MAX_BATCH_BYTES:
                return batch, False
            try:
                item = self._waiting.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True

    def _write(self, connection: Connection, rows: Sequence[NewRow]) -> list[Written]:
        distinct: dict[tuple[str, str], tuple[Any, ...]] = {}
        repeats: list[tuple[Any, ...]] = []
        written = []
        for row in rows:
            values, name = self._values(row), (row.instance, row.key)
            if name in distinct:
                repeats.append(values)  # one statement must not touch a row twice
            first = distinct.setdefault(name, values)
            written.append((name, first[0], first is not values))
        known = connection.insert(tuple(distinct.values()))
        for values in repeats:
            connection.insert((values,))
        return [
            Written(id=known.get(name, id), duplicate=repeated or name in known)
            for name, id, repeated in written
        ]

    def _values(self, row: NewRow) -> tuple[Any, ...]:
        received = to_micros(row.received_at)
        rejected = bool(row.rejected)
        return (
            self._ids.new("e"),
            row.instance,
            row.kind.value,
            row.key,
            row.group,
            (InboxState.REJECTED if rejected else InboxState.NEW).value,
            row.rejected,
            received,
            row.request,
            row.body,
            row.sealed,
            received,
            received if rejected else None,
        )


def _tell(batch: Sequence[_Waiting], results: list[Written] | WriteFailed) -> None:
    start = 0
    for waiting in batch:
        end = start + len(waiting.rows)
        with suppress(RuntimeError):  # the event loop of whoever asked is closed
            waiting.done(results if isinstance(results, Exception) else results[start:end])
        start = end
