"""One request to the portal: compose claimed rows, send them, record what became of each."""

from __future__ import annotations

import time
from collections.abc import Sequence

import structlog

from hub.bitrix24 import Client, Failed, Outcome, execute
from hub.bitrix24.errors import BotRefused, PortalError
from hub.pipeline.bot import Bot
from hub.pipeline.deliver.compose import Compose, Composed, Moot
from hub.pipeline.deliver.outage import Outage
from hub.pipeline.deliver.pace import Pace
from hub.pipeline.deliver.record import Record
from hub.plugin import Clock, DeliveryState
from hub.storage.database import AWAY
from hub.storage.outbox import Claimed, OutboxRows

log = structlog.get_logger("hub.deliver")

#: The surroundings are at fault, not a row.
_OUTSIDE = (*AWAY, PortalError, OSError)


class Requests:
    """Sends claimed rows; every one ends in a state that says what comes next, or its claim is left behind."""

    def __init__(
        self,
        *,
        client: Client,
        bot: Bot,
        record: Record,
        outbox: OutboxRows,
        outage: Outage,
        pace: Pace,
        clock: Clock,
    ) -> None:
        self._client = client
        self._bot = bot
        self._record = record
        self._outbox = outbox
        self._outage = outage
        self._pace = pace
        self._clock = clock

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

        What is behind a row that waits is left behind, or it would overtake it.
        """
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
                reason = "the hub itself failed on it; its log says how"
                self._record.moot(token, [Moot(claimed=each, state=DeliveryState.FAILED, reason=reason)])
        return complete

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
        outcomes = self._exchange(composed, permitted)
        return self._record.outcomes(token, list(zip(composed, outcomes, strict=True)), compose)

    def _exchange(self, composed: Sequence[Composed], permitted: bool) -> list[Outcome]:
        dialogs = [item.claimed.row.dialog for item in composed]
        # a later message of the same dialog must not overtake one that fails
        halt = len(set(dialogs)) < len(dialogs)
        started_at, started = self._clock.now(), time.perf_counter()
        outcomes = execute(self._client, [item.call for item in composed], halt=halt, permitted=permitted)
        self._pace.observe(len(composed), time.perf_counter() - started)
        if any(isinstance(outcome, Failed) and isinstance(outcome.error, BotRefused) for outcome in outcomes):
            self._bot.forget()
        if self._outage.learn(outcomes, started_at):
            self._outbox.make_due()
        return outcomes


def _ids(claimed: Sequence[Claimed]) -> list[str]:
    return [each.row.id for each in claimed]
