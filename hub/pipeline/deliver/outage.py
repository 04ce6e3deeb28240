"""Outage: whether the portal is there, found by what became of requests, and when it is tried again."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from hub.bitrix24 import Failed, Outcome
from hub.bitrix24.errors import Busy, PortalError
from hub.pipeline.backoff import LONGEST_PORTAL_PAUSE, wait_before
from hub.pipeline.deliver.verdict import is_portal_trouble
from hub.pipeline.portal_state import PortalWatch
from hub.plugin import Clock

log = structlog.get_logger("hub.deliver")


class Outage:
    """While the portal is away one request at a time goes out; the pause between them belongs to the portal."""

    def __init__(self, watch: PortalWatch, clock: Clock) -> None:
        self._watch = watch
        self._clock = clock
        self._lock = threading.Lock()
        self._troubles = 0
        self._troubled_at: datetime | None = None
        self._try_after: datetime | None = None
        self._shut_out = False
        self._connected = False  # what an earlier process found may be over

    @property
    def is_on(self) -> bool:
        """Whether the last request found the portal away."""
        return self._troubles > 0

    def pauses(self) -> bool:
        """Say whether it is too early to try again; an installation that worked meanwhile ends the pause."""
        if self._try_after is None or self._clock.now() >= self._try_after:
            return False
        return not self._shut_out or self._watch.read().state == "disconnected"

    def learn(self, outcomes: Sequence[Outcome], started_at: datetime) -> bool:
        """Learn from a request that went out at *started_at*; True when it ended an outage of several tries."""
        errors = [outcome.error for outcome in outcomes if isinstance(outcome, Failed)]
        trouble = next((error for error in errors if is_portal_trouble(error)), None)
        if trouble is not None:
            self.failed(trouble, started_at)
            return False
        with self._lock:
            troubles, self._troubles, self._try_after = self._troubles, 0, None
            if troubles or not self._connected:
                self._connected = True
                self._watch.connected(self._clock.now())
        if troubles:
            log.info("portal is back", failed_tries=troubles)
        # a single one was perhaps a message that the portal dies of, which keeps its pause
        return troubles > 1

    def failed(self, error: PortalError, started_at: datetime) -> None:
        """Pause; requests that were on their way together are one failed try."""
        with self._lock:
            if self._troubled_at is None or started_at >= self._troubled_at:
                self._troubles += 1
            asked = error.retry_after if isinstance(error, Busy) else None
            pause = max(min(wait_before(self._troubles), LONGEST_PORTAL_PAUSE), asked or timedelta(0))
            self._troubled_at = self._clock.now()
            self._try_after = self._troubled_at + pause
            found = self._watch.failed(error, self._troubled_at, self._try_after)
            self._shut_out = found.state == "disconnected"
        tell = log.error if found.state == "disconnected" else log.warning
        tell(
            f"portal is {found.state}",
            reason=found.error,
            advice=found.advice,
            failed_tries=self._troubles,
            pause=pause.total_seconds(),
        )
