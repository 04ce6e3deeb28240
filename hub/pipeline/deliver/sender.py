"""The sender: one per portal at a time, by lease. It claims, composes, sends and records until nothing is due."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from hub.bitrix24 import Client, Failed, Outcome, execute
from hub.bitrix24.errors import (
    BotRefused,
    Busy,
    Disconnected,
    OperatingLimit,
    OutcomeUnknown,
    PortalError,
    Unreachable,
)
from hub.pipeline.backoff import wait_before
from hub.pipeline.bot import Bot
from hub.pipeline.deliver.compose import Compose, Composed, Moot
from hub.pipeline.deliver.record import Record
from hub.plugin import Clock
from hub.storage.leases import Leases
from hub.storage.outbox import Claimed, OutboxRows

log = structlog.get_logger("hub.deliver")

_LEASE = "sender"
_LEASE_TTL = timedelta(seconds=10)
_BATCH = 50
#: While the portal is down, tries are at most this far apart.
_LONGEST_PAUSE = timedelta(seconds=15)


class Sender:
    """Drains the outbox.

    While the portal is away one row at a time is tried; back-off belongs to the portal, not to the rows, so
    the first success makes every waiting row due at once.
    """

    def __init__(
        self,
        *,
        outbox: OutboxRows,
        leases: Leases,
        client: Client,
        bot: Bot,
        compose: Callable[[], Compose],
        record: Record,
        clock: Clock,
    ) -> None:
        self._outbox = outbox
        self._leases = leases
        self._client = client
        self._bot = bot
        self._compose = compose
        self._record = record
        self._clock = clock
        self._stopping = threading.Event()
        self._working = threading.Lock()
        self._turns = itertools.count(1)
        self._troubles = 0
        self._try_after: datetime | None = None

    @property
    def troubles(self) -> int:
        """How many tries in a row the portal did not answer; 0 while it works."""
        return self._troubles

    def drain(self) -> None:
        """Send what is due; returns when nothing is, when the portal is away, or when another one sends."""
        if not self._working.acquire(blocking=False):
            return
        try:
            while not self._stopping.is_set() and self._leases.acquire(_LEASE, _LEASE_TTL):
                # a token for each turn, so that what a turn that broke off left behind is seen too
                token = f"{self._leases.holder}:{next(self._turns)}"
                self._outbox.reclaim(token)
                self._send_all(token)
                if self._leases.release(_LEASE):
                    break
        finally:
            self._working.release()

    def keep_lease(self) -> None:
        """Renew the lease while a long request is in flight; called more often than it expires."""
        if self._working.locked():
            self._leases.renew(_LEASE, _LEASE_TTL)

    def stop(self) -> None:
        """Claim nothing more; a request in flight is waited for."""
        self._stopping.set()

    def _send_all(self, token: str) -> None:
        while not self._stopping.is_set() and self._leases.renew(_LEASE, _LEASE_TTL):
            now = self._clock.now()
            if self._try_after is not None and now < self._try_after:
                return
            if not self._outbox.due():
                return
            try:
                compose = self._compose()
            except PortalError as exc:
                self._trouble(exc)
                return
            claimed = self._outbox.claim(token, 1 if self._troubles else _BATCH)
            if not claimed:
                return
            self._send(compose, token, claimed)

    def _send(self, compose: Compose, token: str, claimed: Sequence[Claimed]) -> None:
        items = [compose.compose(row) for row in claimed]
        moot = [item for item in items if isinstance(item, Moot)]
        if moot:
            self._record.moot(token, moot)
        composed = [item for item in items if isinstance(item, Composed)]
        if not composed:
            return
        dialogs = [item.claimed.row.dialog for item in composed]
        # a later message of the same dialog must not overtake one that fails
        halt = len(set(dialogs)) < len(dialogs)
        outcomes = execute(self._client, [item.call for item in composed], halt=halt)
        self._observe(outcomes)
        self._record.outcomes(token, list(zip(composed, outcomes, strict=True)), compose)

    def _observe(self, outcomes: Sequence[Outcome]) -> None:
        """Learn from a request whether the portal and the bot are there."""
        errors = [outcome.error for outcome in outcomes if isinstance(outcome, Failed)]
        if any(isinstance(error, BotRefused) for error in errors):
            self._bot.forget()
        trouble = next((error for error in errors if _is_portal_trouble(error)), None)
        if trouble is not None:
            self._trouble(trouble)
            return
        if self._troubles:
            log.info("portal is back", failed_tries=self._troubles)
            self._outbox.make_due()
        self._troubles, self._try_after = 0, None

    def _trouble(self, error: PortalError) -> None:
        self._troubles += 1
        asked = error.retry_after if isinstance(error, Busy) else None
        pause = max(min(wait_before(self._troubles), _LONGEST_PAUSE), asked or timedelta(0))
        self._try_after = self._clock.now() + pause
        log.warning(
            "portal is away", reason=str(error), failed_tries=self._troubles, pause=pause.total_seconds()
        )


def _is_portal_trouble(error: PortalError) -> bool:
    """Say whether *error* is about the portal as a whole and not about one message."""
    if isinstance(error, OutcomeUnknown):
        return not error.code  # an answer with a code came from a portal that works
    if isinstance(error, OperatingLimit):
        return False
    return isinstance(error, Unreachable | Busy | Disconnected)
