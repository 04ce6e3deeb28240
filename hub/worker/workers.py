"""The dramatiq workers of one process and its duties, started and stopped together."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor

from dramatiq import Worker

from hub.pipeline.act.act import Act
from hub.pipeline.deliver.sender import Sender
from hub.pipeline.process import Process
from hub.registry.guard import THREADS
from hub.worker.broker import Brokers
from hub.worker.duties import Duties

#: Long enough for a batch in flight, short enough for a stop within 10 s.
_STOP_WITHIN_MS = 6000
#: Twice what one plugin can have, so that one whose commands take their time leaves room.
_ACTING = 2 * THREADS


class Workers:
    """Three workers, so that plugins that take their time hold up neither delivery nor people who click."""

    def __init__(
        self,
        *,
        brokers: Brokers,
        timeout_ms: int,
        threads: int,
        process: Process,
        act: Act,
        sender: Sender,
        duties: Duties,
    ) -> None:
        self._brokers = brokers
        self._process = process
        self._act = act
        self._sender = sender
        self._duties = duties
        self._workers = [
            Worker(brokers.process, queues={"process"}, worker_timeout=timeout_ms, worker_threads=threads),
            Worker(brokers.act, queues={"act"}, worker_timeout=timeout_ms, worker_threads=_ACTING),
            Worker(brokers.deliver, queues={"deliver"}, worker_timeout=timeout_ms, worker_threads=2),
        ]

    def start(self) -> None:
        """Answer the bell and begin the duties."""
        for worker in self._workers:
            worker.start()
        self._duties.start()

    def stop(self) -> None:
        """Finish or release what is in flight; threads stuck in a plugin are not waited for."""
        self._process.stop()
        self._act.stop()
        self._sender.stop()
        self._duties.stop()
        with ThreadPoolExecutor(len(self._workers)) as side_by_side:
            list(side_by_side.map(self._stop, self._workers))
        with contextlib.suppress(*self._brokers.errors):
            self._brokers.close()

    def _stop(self, worker: Worker) -> None:
        with contextlib.suppress(*self._brokers.errors):
            worker.stop(timeout=_STOP_WITHIN_MS)
