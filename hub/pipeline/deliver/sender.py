"""The sender: one per portal at a time, by lease. It claims, composes, sends and records until nothing is due."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import OperationalError

from hub.bitrix24 import Client, Failed, Outcome, execute
from hub.bitrix24.errors import BotRefused, Busy, PortalError
from hub.pipeline.backoff import LONGEST_PORTAL_PAUSE, wait_before
from hub.pipeline.bot import Bot
from hub.pipeline.deliver.compose import Compose, Composed, Moot
from hub.pipeline.deliver.record import Record
from hub.pipeline.deliver.verdict import is_portal_trouble
from hub.pipeline.portal_state import PortalWatch
from hub.plugin import Clock, DeliveryState
from hub.storage.leases import Leases
from hub.storage.outbox import Claimed, OutboxRows

log = structlog.get_logger("hub.deliver")

_LEASE = "sender"
_LEASE_TTL = timedelta(seconds=10)
_BATCH = 50
#: While the portal is down, tries are at most 15 s apart; the sweep that rings for the next one takes its time.
_LONGEST_PAUSE = timedelta(seconds=13)


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
        watch: PortalWatch,
        clock: Clock,
    ) -> None:
        self._outbox = outbox
        self._leases = leases
        self._client = client
        self._bot = bot
        self._compose = compose
        self._record = record
        self._watch = watch
        self._clock = clock
        self._stopping = threading.Event()
        self._working = threading.Lock()
        self._rung = threading.Event()
        self._turns = itertools.count(1)
        self._troubles = 0
        self._connected = False  # what an earlier process found may be over
        self._try_after: datetime | None = None

    def drain(self) -> None:
        """Send what is due; returns when nothing is, when the portal is away, or when another one sends."""
        self._rung.set()
        # who is working already looks once more before it goes home, so that no ring is lost between the two
        while self._rung.is_set() and self._working.acquire(blocking=False):
            try:
                self._rung.clear()
                self._take_turns()
            finally:
                self._working.release()

    def keep_lease(self) -> None:
        """Renew the lease while a long request is in flight; called more often than it expires."""
        if self._working.locked():
            self._leases.renew(_LEASE, _LEASE_TTL)

    def stop(self) -> None:
        """Claim nothing more; a request in flight is waited for."""
        self._stopping.set()

    def _take_turns(self) -> None:
        while not self._stopping.is_set() and self._leases.acquire(_LEASE, _LEASE_TTL):
            # a token for each turn, so that what a turn that broke off left behind is seen too
            token = f"{self._leases.holder}:{next(self._turns)}"
            self._outbox.reclaim(token)
            self._send_all(token)
            if self._leases.release(_LEASE):
                return

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
        """Send rows; one that trips the hub itself ends alone, so that it does not hold up all others."""
        try:
            self._send_together(compose, token, claimed)
        except (OperationalError, PortalError, OSError):
            raise  # the surroundings are at fault, not a row
        except Exception:
            log.exception("sending failed", deliveries=[each.row.id for each in claimed])
            if len(claimed) > 1:
                for each in claimed:
                    self._send(compose, token, [each])
            else:
                reason = "the hub itself failed on it; its log says how"
                self._record.moot(
                    token, [Moot(claimed=claimed[0], state=DeliveryState.FAILED, reason=reason)]
                )

    def _send_together(self, compose: Compose, token: str, claimed: Sequence[Claimed]) -> None:
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
        trouble = next((error for error in errors if is_portal_trouble(error)), None)
        if trouble is not None:
            self._trouble(trouble)
            return
        if self._troubles:
            log.info("portal is back", failed_tries=self._troubles)
        if self._troubles or not self._connected:
            self._connected = True
            self._watch.connected(self._clock.now())
        # a single one was perhaps a message that the portal dies of, which keeps its pause
        if self._troubles > 1:
            self._outbox.make_due()
        self._troubles, self._try_after = 0, None

    def _trouble(self, error: PortalError) -> None:
        self._troubles += 1
        asked = error.retry_after if isinstance(error, Busy) else None
        pause = max(min(wait_before(self._troubles), LONGEST_PORTAL_PAUSE), asked or timedelta(0))
        now = self._clock.now()
        self._try_after = now + pause
        found = self._watch.failed(error, now, self._try_after)
        tell = log.error if found.state == "disconnected" else log.warning
        tell(
            f"portal is {found.state}",
            reason=found.error,
            advice=found.advice,
            failed_tries=self._troubles,
            pause=pause.total_seconds(),
        )
