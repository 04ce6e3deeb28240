"""The bell: tells workers that there is something to do, without ever holding up who rings."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

#: A doorbell: the actor's name and its arguments.
Ring = tuple[str, tuple[str, ...]]


class Bell:
    """Rings from a thread of its own; the same ring within *interval* seconds is rung once, at its end.

    What is rung may get lost on its way: the sweep finds the row.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._changed = threading.Condition()
        self._waiting: dict[Ring, float] = {}
        self._rung: dict[Ring, float] = {}
        self._sending = False
        self._closing = False
        self._thread: threading.Thread | None = None

    def process(self, instance: str) -> None:
        """Rows of *instance* wait to be processed."""
        self._ring(("process", (instance,)))

    def act(self) -> None:
        """Somebody waits for something to be done."""
        self._ring(("act", ()))

    def deliver(self) -> None:
        """Outbox rows wait to be sent."""
        self._ring(("deliver", ()))

    def start(self, send: Callable[[Ring], None]) -> None:
        """Start the ringing thread, which passes rings to *send*, that must not fail; until then they wait."""
        self._thread = threading.Thread(target=self._run, args=(send,), name="bell", daemon=True)
        self._thread.start()

    def flush(self) -> None:
        """Wait until everything that was rung has been sent."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._sending)

    def stop(self) -> None:
        """Ring what waits, then end."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _ring(self, ring: Ring) -> None:
        with self._changed:
            if ring not in self._waiting:
                self._waiting[ring] = max(time.monotonic(), self._rung.get(ring, 0.0) + self._interval)
                self._changed.notify_all()

    def _run(self, send: Callable[[Ring], None]) -> None:
        while (rings := self._next()) is not None:
            for ring in rings:
                send(ring)

    def _next(self) -> list[Ring] | None:
        with self._changed:
            self._sending = False
            self._changed.notify_all()
            while True:
                now = time.monotonic()
                due = [ring for ring, at in self._waiting.items() if self._closing or at <= now]
                if due:
                    for ring in due:
                        del self._waiting[ring]
                        self._rung[ring] = now
                    self._sending = True
                    return due
                if self._closing:
                    return None
                self._changed.wait(min(self._waiting.values()) - now if self._waiting else None)
