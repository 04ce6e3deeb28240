"""Process: run the plugin over accepted rows and plan what follows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from structlog.contextvars import bound_contextvars

from hub.bitrix24.errors import PortalError
from hub.observe.counts import ProcessingCounts
from hub.pipeline.addressing import Addressed, Addressing
from hub.pipeline.backoff import GIVE_UP_AFTER, LONGEST_PORTAL_PAUSE, wait_before
from hub.pipeline.claims import Claims
from hub.pipeline.commit import Commit, Processed
from hub.pipeline.courtesy import Courtesy
from hub.pipeline.desk import Desk
from hub.pipeline.follows import Follows
from hub.pipeline.lateness import Lateness
from hub.pipeline.origin import Origins
from hub.pipeline.plan import Planned, lane_of
from hub.pipeline.rings import Rings
from hub.pipeline.slots import Slots
from hub.pipeline.treat.ready import Treatment
from hub.pipeline.unit_of_work import CurrentWork, UnitOfWork
from hub.plugin import Clock, InvalidPayload, Notification, PermanentFailure, PluginError, RetryLater
from hub.registry import BudgetExceeded, CallFailed, HeldUp, PluginBug, Registry, Status
from hub.storage.database import AWAY, UNFIT
from hub.storage.inbox import InboxRows
from hub.storage.states import InboxState, Lane
from hub.storage.tables import Inbox

log = structlog.get_logger("hub.process")

_MAX_BUGS = 10
#: Seconds after which what is ready is committed, so that it does not wait for rows that take longer.
_READY_WAITS = 0.02

#: Seconds after which the rest of a batch is given back.
_LONG_BATCH = 1.0


class Process:
    """Turns accepted rows into notifications and outbox rows.

    Args:
        rings: told when there is something to send, to do, or to process for another instance.
        linger: seconds to look out for more before going home; whoever is told meanwhile is served at once.
    """

    def __init__(
        self,
        *,
        inbox: InboxRows,
        claims: Claims,
        origins: Origins,
        registry: Registry,
        addressing: Addressing,
        treatments: Sequence[Treatment],
        lateness: Lateness,
        commit: Commit,
        work: CurrentWork,
        clock: Clock,
        slots: Slots,
        rings: Rings,
        counts: ProcessingCounts,
        courtesy: Courtesy,
        linger: float,
    ) -> None:
        self._inbox = inbox
        self._claims = claims
        self._origins = origins
        self._registry = registry
        self._addressing = addressing
        self._treatments = tuple(treatments)
        self._lateness = lateness
        self._commit = commit
        self._work = work
        self._clock = clock
        self._rings = rings
        self._counts = counts
        self._courtesy = courtesy
        self._slots = slots
        self._linger = linger
        self._desks = {instance.name: Desk() for instance in registry.instances()}
        self._stopping = False

    def wake(self, instance: str) -> bool:
        """Tell who is at it in this process that there is more; False when nobody is, or is slow."""
        desk = self._desks.get(instance)
        return desk is not None and desk.ring()

    def process(self, instance: str) -> None:
        """Process what is due for *instance*, unless enough threads are at it already."""
        desk = self._desks.get(instance)
        if desk is None or desk.ring():
            return
        while desk.is_rung and not self._stopping:
            with self._slots.take(instance) as taken:
                if not taken:
                    return  # those who are at it look once more before they go home
                with desk.shift():
                    self._work_at(desk, instance)

    def stop(self) -> None:
        """Claim nothing more; rows already claimed are finished or released."""
        self._stopping = True

    def _work_at(self, desk: Desk, instance: str) -> None:
        while not self._stopping:
            desk.look()
            expected = True  # whoever rang has seen one
            while self._batch(desk, instance, expected=expected):
                expected = False
            # nobody looks out for more where a plugin fails: each event that comes would wake him for nothing
            if desk.leave(0.0 if self._registry.rests(instance) else self._linger):
                return

    def _batch(self, desk: Desk, instance: str, *, expected: bool) -> bool:
        """Process some rows; False when there are none, or none that may be tried now."""
        size = self._batch_size(instance, desk.rows)
        if not size:
            return False
        with self._claims.token() as token:
            probing = self._registry.instance(instance).status is not Status.ACTIVE
            rows = self._inbox.claim(instance, token, size, expected=expected, least_tried_first=probing)
            ready: list[Processed] = []
            outer: UnitOfWork | None = None
            begun = first = time.monotonic()
            for number, row in enumerate(rows):
                desk.progress()
                if number and not self._goes_on(instance, first):
                    self._inbox.release(row.id, token)
                    continue
                started = time.monotonic()
                with bound_contextvars(event_id=row.id), self._work.begin(outer) as work:
                    processed = self._row(row, token, work)
                took = time.monotonic() - started
                desk.took(took)
                self._courtesy.rest(took)
                if processed is not None:
                    ready.append(processed)
                    outer = work  # rows of a batch see what those before them keep
                if time.monotonic() - begun > _READY_WAITS:
                    self._write(ready, token)
                    ready, outer, begun = [], None, time.monotonic()
            self._write(ready, token)
        return bool(rows)

    def _batch_size(self, instance: str, rows: int) -> int:
        """Return how many *rows* to claim: of a failing instance one now and then, to see whether it works."""
        if self._stopping:
            return 0
        if self._registry.instance(instance).status is Status.ACTIVE:
            return rows
        if self._registry.rests(instance):
            return 0
        return int(self._inbox.has_due(instance) and self._registry.may_try(instance))

    def _goes_on(self, instance: str, since: float) -> bool:
        """Say whether to go on with claimed rows; those of a slow plugin are left to all its threads."""
        slow = time.monotonic() - since > _LONG_BATCH
        return not (slow or self._stopping) and self._registry.instance(instance).status is Status.ACTIVE

    def _row(self, row: Inbox, token: str, work: UnitOfWork) -> Processed | None:
        """Let the plugin read a row; ``None`` when it ended, or waits, for a reason of its own."""
        try:
            follows = self._origins.follows(row)
            told = [(row.instance, self._addressed(row, each)) for each in follows.notifications]
            told += [(each.instance, each.addressed) for each in follows.ready]
            planned = [self._planned(row, follows, *each) for each in told]
            return Processed(row=row, follows=follows, planned=planned, changes=work.close())
        except InvalidPayload as exc:
            self._end(row, token, InboxState.REJECTED, _reason(exc))
        except PermanentFailure as exc:
            self._end(row, token, InboxState.FAILED, _reason(exc))
        except RetryLater as exc:
            at_fault = not isinstance(exc.__cause__, PortalError)
            self._again(row, token, _reason(exc), at_least=exc.after, blame=at_fault)
        except HeldUp as exc:
            self._again(row, token, str(exc), blame=False)
        except (PluginBug, BudgetExceeded) as exc:
            self._bug(row, token, str(exc))
        except CallFailed as exc:
            self._again(row, token, str(exc))
        except UNFIT as exc:
            self._refused(row, token, exc)
        except AWAY as exc:
            _database_away([row], exc)
        return None

    def _write(self, ready: Sequence[Processed], token: str) -> bool:
        """Commit rows together; False when the database refuses one of them, and then each by itself."""
        if not ready:
            return True
        try:
            news = self._commit.commit(ready, token)
            if news.to_send:
                self._rings.deliver()
            if news.to_do:
                self._rings.act()
            for instance in news.to_process:
                self._rings.process(instance)
        except UNFIT as exc:
            if len(ready) == 1:
                self._refused(ready[0].row, token, exc)
            else:
                self._write_apart(ready, token)
            return False
        except AWAY as exc:
            _database_away([one.row for one in ready], exc)
        return True

    def _write_apart(self, ready: Sequence[Processed], token: str) -> None:
        """Commit each row by itself, so that only one that is refused suffers; who saw its changes runs again."""
        for number, one in enumerate(ready, start=1):
            if not self._write([one], token) and one.changes:
                for later in ready[number:]:
                    self._inbox.release(later.row.id, token)
                return

    def _addressed(self, row: Inbox, notification: Notification) -> Addressed:
        addressed = self._addressing.address(row.instance, notification)
        for treat in self._treatments:
            addressed = treat(row.instance, addressed)
        return addressed

    def _planned(self, row: Inbox, follows: Follows, instance: str, addressed: Addressed) -> Planned:
        is_job = self._origins.is_job(row)
        default = Lane.DIGEST if is_job else self._lateness.lane(follows, addressed.notification)
        return Planned(
            instance=instance,
            origin=row.id,
            notification=addressed.notification,
            decision=addressed.decision,
            resolution=addressed.resolution,
            edits=tuple(" ".join(part for part in edit if part) for edit in addressed.edits),
            lane=lane_of(addressed.notification, default),
            too_late=self._lateness.too_late(follows, addressed.notification),
        )

    def _refused(self, row: Inbox, token: str, error: Exception) -> None:
        self._bug(row, token, f"the database refuses what the plugin tells ({type(error).__name__})")

    def _bug(self, row: Inbox, token: str, reason: str) -> None:
        if row.attempts >= _MAX_BUGS:
            self._end(row, token, InboxState.FAILED, f"{reason}; gave up after {row.attempts} attempts")
        else:
            self._again(row, token, reason)

    def _again(
        self,
        row: Inbox,
        token: str,
        reason: str,
        *,
        at_least: timedelta | None = None,
        blame: bool = True,
    ) -> None:
        """Let a row wait; not longer than the portal is left alone where the row is not to *blame*."""
        if (
            self._stopping and at_least is None
        ):  # calls are not done any more; the next process does them at once
            self._inbox.release(row.id, token)
            return
        now = self._clock.now()
        if now - row.received_at > GIVE_UP_AFTER:
            self._end(row, token, InboxState.FAILED, f"gave up after 7 days: {reason}")
            return
        pause = wait_before(row.attempts, at_least=at_least)
        if not blame:
            pause = min(pause, LONGEST_PORTAL_PAUSE)
        due_at = now + pause
        self._counts.retried(row.instance)
        log.warning(
            "event waits", event_id=row.id, instance=row.instance, reason=reason, until=due_at.isoformat()
        )
        self._inbox.release(row.id, token, due_at, reason)

    def _end(self, row: Inbox, token: str, state: InboxState, reason: str) -> None:
        self._counts.ended(row.instance, state.value)
        log.warning("event ended", event_id=row.id, instance=row.instance, state=state.value, reason=reason)
        self._inbox.finish(row.id, token, state, reason)


def _reason(error: PluginError) -> str:
    return str(error) or "the plugin gave no reason"


def _database_away(rows: Sequence[Inbox], error: SQLAlchemyError) -> None:
    # the claims expire by themselves, and somebody takes the rows up again
    ids = [row.id for row in rows]
    said = getattr(error, "orig", None) or error
    log.error(
        "events not processed: the database is away", events=ids, error=f"{type(error).__name__}: {said}"
    )
