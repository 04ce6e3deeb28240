"""Duties: what runs by itself, each in a thread of its own and, where one process is enough, under a lease."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from hub.storage.leases import Leases
from hub.worker.surviving import surviving

#: A process that is busy must not lose its duties to another one, and a killed one's must go on soon.
_SHORTEST_LEASE = timedelta(seconds=4)
#: Seconds that a stop waits for duties; one that asks a portal which does not answer takes longer.
_PATIENCE = 2.0


@dataclass(frozen=True, kw_only=True)
class Duty:
    """Something done every so often; ``shared`` means that only one process does it at a time."""

    name: str
    every: timedelta
    run: Callable[[], object]
    shared: bool = True


class Duties:
    """Runs duties until stopped; a duty that fails is tried again at its next turn."""

    def __init__(self, duties: Sequence[Duty], leases: Leases) -> None:
        self._duties = duties
        self._leases = leases
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Start a thread for each duty."""
        self._threads = [
            threading.Thread(target=self._repeat, args=(duty,), name=f"duty-{duty.name}", daemon=True)
            for duty in self._duties
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask every duty to end, and wait a little for all of them together."""
        self._stopping.set()
        until = time.monotonic() + _PATIENCE
        for thread in self._threads:
            thread.join(timeout=max(0.0, until - time.monotonic()))

    def run(self, duty: Duty) -> None:
        """Do a duty once, if its lease is free."""
        lease = f"duty:{duty.name}"
        with surviving("duty", duty=duty.name):
            if not duty.shared or self._leases.acquire(lease, max(3 * duty.every, _SHORTEST_LEASE)):
                duty.run()

    def _repeat(self, duty: Duty) -> None:
        while True:
            self.run(duty)
            if self._stopping.wait(duty.every.total_seconds()):
                return
