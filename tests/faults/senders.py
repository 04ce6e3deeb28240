"""Good senders: each repeats an event, with the same key, until it is answered 200."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from faults.portal import PEOPLE

#: What the source lets in.
HEADERS = {"authorization": "Bearer numbered-token"}
_PAUSE = 0.05  # seconds before an event is sent again


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event of the numbered source."""

    number: int
    user: int
    severity: str = "info"


def events(count: int, *, first: int = 1, critical_every: int = 5) -> list[Event]:
    """Return numbered events for all people in turn, some of them critical."""
    return [
        Event(
            number=number,
            user=PEOPLE[number % len(PEOPLE)],
            severity="info" if number % critical_every else "critical",
        )
        for number in range(first, first + count)
    ]


class Senders:
    """Threads that send; the events of one person go through one of them, in order.

    Attributes:
        accepted: what was answered 200, each dialog in the order of the answers.
        answers: how often each status came, 0 for a connection that broke.
        slowest: seconds that the slowest answer took.
    """

    def __init__(self, url: str, what: Sequence[Event], *, every: float = 0.0, timeout: float = 20.0) -> None:
        self.accepted: list[Event] = []
        self.answers: Counter[int] = Counter()
        self.without_retry_after = 0
        self.slowest = 0.0
        self._every = every
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._client = httpx.Client(base_url=url, timeout=timeout, headers=HEADERS)
        self._threads = [
            threading.Thread(target=self._send_all, args=([e for e in what if e.user == user],), daemon=True)
            for user in PEOPLE
        ]

    def __enter__(self) -> Senders:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._client.close()

    def hurry(self) -> None:
        """Send what is left without pausing between events."""
        self._every = 0.0

    def done(self) -> bool:
        """Say whether every event was accepted."""
        return not any(thread.is_alive() for thread in self._threads)

    def _send_all(self, what: Sequence[Event]) -> None:
        for event in what:
            while not self._send(event):
                if self._stop.wait(_PAUSE):
                    return
            if self._stop.wait(self._every):
                return

    def _send(self, event: Event) -> bool:
        began = time.monotonic()
        try:
            response = self._client.post(
                "/in/numbered", json={"number": event.number, "user": event.user, "severity": event.severity}
            )
            status = response.status_code
        except httpx.TransportError:
            response, status = None, 0
        with self._lock:
            self.answers[status] += 1
            if response is not None:
                self.slowest = max(self.slowest, time.monotonic() - began)
                self.without_retry_after += status == 503 and "retry-after" not in response.headers
            if status == 200:
                self.accepted.append(event)
        return status == 200
