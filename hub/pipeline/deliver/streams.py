"""Streams: the threads that carry requests to the portal, several at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue

import structlog

log = structlog.get_logger("hub.deliver")

Work = Callable[[], None]


class Streams:
    """Runs work in daemon threads, made when they are needed; *changed* is set whenever one has ended its work.

    Daemons, because a request that the portal leaves hanging must not keep the process from ending.
    """

    def __init__(self, changed: threading.Event) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._idle = threading.Condition(self._lock)
        self._waiting: SimpleQueue[Work] = SimpleQueue()
        self._threads = 0
        self._busy = 0

    @property
    def busy(self) -> int:
        """How many are at work."""
        return self._busy

    def start(self, work: Work) -> None:
        """Run *work*; what it raises is logged."""
        with self._lock:
            self._busy += 1
            if self._busy > self._threads:
                self._threads += 1
                threading.Thread(target=self._run, name=f"stream-{self._threads}", daemon=True).start()
        self._waiting.put(work)

    def wait(self) -> None:
        """Wait until none is at work."""
        with self._idle:
            self._idle.wait_for(lambda: self._busy == 0)

    def _run(self) -> None:
        while True:
            work = self._waiting.get()
            try:
                work()
            except Exception:  # the top of a thread: without it the stream would be gone for good
                log.exception("request failed")
            finally:
                with self._idle:
                    self._busy -= 1
                    self._idle.notify_all()
                self._changed.set()
            del work
