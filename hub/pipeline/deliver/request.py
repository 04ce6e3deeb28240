"""One request to the portal: compose claimed rows, send them, record what became of each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

import structlog

from hub.bitrix24 import Call, Client, Failed, NotExecuted, Outcome, execute
from hub.bitrix24.batch import MAX_COMMANDS
from hub.bitrix24.errors import BotRefused, PortalError
from hub.pipeline.bot import Bot
from hub.pipeline.deliver.compose import Compose, Composed, Moot
from hub.pipeline.deliver.membership import Membership
from hub.pipeline.deliver.outage import Outage
from hub.pipeline.deliver.pace import Pace
from hub.pipeline.deliver.record import Record
from hub.pipeline.deliver.verdict import is_outside
from hub.pipeline.warmth import Warmth
from hub.plugin import Clock, DeliveryState
from hub.storage.database import AWAY
from hub.storage.outbox import Claimed, OutboxRows

log = structlog.get_logger("hub.deliver")

#: The surroundings are at fault, not a row.
_OUTSIDE = (*AWAY, PortalError, OSError)


class Rider(Protocol):
    """Something short that goes along with a request, because requests are scarce."""

    def is_waiting(self) -> bool:
        """Say whether there is something to take along."""

    def ride(self) -> Call | None:
        """Return what goes along, if anything."""

    def arrived(self, outcome: Outcome | None) -> None:
        """Take what became of it; None = it did not go."""


class Requests:
    """Sends claimed rows; every one ends in a state that says what comes next, or its claim is left behind.

    Args:
        rider: goes along with messages that may be sent together.
        warmth: told when a card with buttons goes out.
    """

    def __init__(
        self,
        *,
        client: Client,
        bot: Bot,
        record: Record,
        outbox: OutboxRows,
        outage: Outage,
        pace: Pace,
        rider: Rider,
        warmth: Warmth,
        membership: Membership,
        clock: Clock,
    ) -> None:
        self._rider = rider
        self._warmth = warmth
        self._membership = membership
        self._client = client
        self._bot = bot
        self._record = record
        self._outbox = outbox
        self._outage = outage
        self._pace = pace
        self._clock = clock

    def room(self, compose: Compose) -> int:
        """Return how many rows fit into the next request: a repeat of one without a key may show all twice."""
        if not compose.is_idempotent:
            return 1
        return max(1, self._pace.commands - self._rider.is_waiting())

    def send(self, compose: Compose, token: str, claimed: Sequence[Claimed]) -> bool:
        """Send rows with the permission that the caller holds; False when some were left behind."""
        try:
            try:
                self._send(compose, token, claimed, permitted=True)
            except _OUTSIDE:
                raise
            except Exception:
                log.exception("sending failed", deliveries=_ids(claimed))
                return self._one_by_one(compose, token, claimed)
        except _OUTSIDE as exc:
            log.error("sending broke off", error=f"{type(exc).__name__}: {exc}", deliveries=_ids(claimed))
            return False
        return True

    def _one_by_one(self, compose: Compose, token: str, claimed: Sequence[Claimed]) -> bool:
        """Send each row alone, so that one that trips the hub itself holds up no other.

        What is behind a row that waits is left behind, or it would overtake it. A row that was alone already is not
        sent again: where a repeat has no key, it would be shown twice.
        """
        if len(claimed) == 1:
            self._give_up(token, claimed[0])
            return True
        waits: frozenset[str] = frozenset()
        complete = True
        for each in claimed:
            if each.row.dialog in waits:
                complete = False
                continue
            try:
                waits |= self._send(compose, token, [each], permitted=False)
            except _OUTSIDE:
                raise
            except Exception:
                log.exception("sending failed", deliveries=_ids([each]))
                self._give_up(token, each)
        return complete

    def _give_up(self, token: str, claimed: Claimed) -> None:
        reason = "the hub itself failed on it; its log says how"
        self._record.moot(token, [Moot(claimed=claimed, state=DeliveryState.FAILED, reason=reason)])

    def _send(
        self, compose: Compose, token: str, claimed: Sequence[Claimed], *, permitted: bool
    ) -> frozenset[str]:
        """Send rows together; return the dialogs in which one waits to be sent again."""
        items = [compose.compose(row) for row in claimed]
        moot = [item for item in items if isinstance(item, Moot)]
        if moot:
            self._record.moot(token, moot)
        composed = [item for item in items if isinstance(item, Composed)]
        if not composed:
            if permitted:
                self._client.limiter.give_back()
            return frozenset()
        started_at = self._clock.now()
        outcomes = self._exchange(composed, permitted, along=compose.is_idempotent)
        sent = list(zip(composed, outcomes, strict=True))
        outside = dict.fromkeys(
            item.claimed.row.dialog for item, outcome in sent if is_outside(item, outcome)
        )
        admissions = self._membership.seek(outside, started_at) if outside else {}
        return self._record.outcomes(token, sent, compose, admissions)

    def _exchange(self, composed: Sequence[Composed], permitted: bool, *, along: bool) -> list[Outcome]:
        dialogs = [item.claimed.row.dialog for item in composed]
        # a later message of the same dialog must not overtake one that fails
        halt = len(set(dialogs)) < len(dialogs)
        calls = [item.call for item in composed]
        along = along and not self._outage.is_on and len(calls) < MAX_COMMANDS
        ride = self._rider.ride() if along else None
        started_at, started = self._clock.now(), time.perf_counter()
        # behind the messages: it must not hold them up when it fails
        outcomes = self._together(calls, ride, halt=halt, permitted=permitted)
        self._pace.observe(len(composed), time.perf_counter() - started)
        if any(isinstance(outcome, Failed) and isinstance(outcome.error, BotRefused) for outcome in outcomes):
            self._bot.forget()
        if any(item.can_be_clicked for item in composed):
            self._warmth.note()
        if self._outage.learn(outcomes, started_at):
            self._outbox.make_due()
        return outcomes

    def _together(
        self, calls: Sequence[Call], ride: Call | None, *, halt: bool, permitted: bool
    ) -> list[Outcome]:
        if ride is None:
            return execute(self._client, calls, halt=halt, permitted=permitted)
        brought: Outcome | None = None
        try:
            *outcomes, last = execute(self._client, [*calls, ride], halt=halt, permitted=permitted)
            brought = None if isinstance(last, NotExecuted) else last
        finally:
            self._rider.arrived(brought)
        return outcomes


def _ids(claimed: Sequence[Claimed]) -> list[str]:
    return [each.row.id for each in claimed]
