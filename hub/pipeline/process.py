"""Process: run the plugin over an accepted row and plan what follows, in one transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from structlog.contextvars import bound_contextvars

from hub.bitrix24.errors import PortalError
from hub.observe.counts import ProcessingCounts
from hub.pipeline.addressing import Addressing
from hub.pipeline.backoff import GIVE_UP_AFTER, LONGEST_PORTAL_PAUSE, wait_before
from hub.pipeline.claims import Claims
from hub.pipeline.origin import Origins
from hub.pipeline.plan import Plan, Planned, lane_of
from hub.pipeline.slots import Slots
from hub.pipeline.unit_of_work import CurrentWork, UnitOfWork
from hub.plugin import Clock, InvalidPayload, Notification, PermanentFailure, RetryLater
from hub.registry import BudgetExceeded, CallFailed, PluginBug, Registry, Status
from hub.storage.database import Database
from hub.storage.inbox import InboxRows
from hub.storage.plugin_store import apply_change
from hub.storage.states import InboxState, Lane
from hub.storage.tables import Inbox

log = structlog.get_logger("hub.process")

_BATCH = 20
_MAX_BUGS = 10


class Process:
    """Turns accepted rows into notifications and outbox rows; *ring* is told when there is something to deliver."""

    def __init__(
        self,
        *,
        database: Database,
        inbox: InboxRows,
        claims: Claims,
        origins: Origins,
        registry: Registry,
        addressing: Addressing,
        plan: Plan,
        work: CurrentWork,
        clock: Clock,
        slots: Slots,
        ring: Callable[[], None],
        counts: ProcessingCounts,
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._claims = claims
        self._origins = origins
        self._registry = registry
        self._addressing = addressing
        self._plan = plan
        self._work = work
        self._clock = clock
        self._ring = ring
        self._counts = counts
        self._slots = slots
        self._rung = {instance.name: threading.Event() for instance in registry.instances()}
        self._stopping = threading.Event()

    def process(self, instance: str) -> None:
        """Process what is due for *instance*, unless enough threads are at it already."""
        rung = self._rung.get(instance)
        if rung is None:
            return
        rung.set()
        # who is at it already looks once more before it goes home, so that no ring is lost between the two
        while rung.is_set():
            with self._slots.take(instance) as taken:
                if not taken:
                    return
                rung.clear()
                while self._batch(instance):
                    pass

    def stop(self) -> None:
        """Claim nothing more; rows already claimed are finished or released."""
        self._stopping.set()

    def _batch(self, instance: str) -> bool:
        """Process some rows; False when there are none, or none that may be tried now."""
        size = self._batch_size(instance)
        if not size:
            return False
        with self._claims.token() as token:
            rows = self._inbox.claim(instance, token, size, least_tried_first=size == 1)
            for number, row in enumerate(rows):
                if number and not self._goes_on(instance):
                    self._inbox.release(row.id, token)
                elif self._row(row, token):
                    self._ring()
        return bool(rows)

    def _batch_size(self, instance: str) -> int:
        """Return how many rows to claim: of a failing instance one now and then, to see whether it works."""
        if self._stopping.is_set():
            return 0
        if self._registry.instance(instance).status is Status.ACTIVE:
            return _BATCH
        return int(self._inbox.has_due(instance) and self._registry.may_try(instance))

    def _goes_on(self, instance: str) -> bool:
        return not self._stopping.is_set() and self._registry.instance(instance).status is Status.ACTIVE

    def _row(self, row: Inbox, token: str) -> bool:
        try:
            # what the plugin logs meanwhile names the event too
            with bound_contextvars(event_id=row.id), self._work.begin() as work:
                told = self._origins.notifications(row)
                planned = [self._planned(row, notification) for notification in told]
                return self._commit(row, token, planned, work)
        except InvalidPayload as exc:
            self._end(row, token, InboxState.REJECTED, str(exc))
        except PermanentFailure as exc:
            self._end(row, token, InboxState.FAILED, str(exc))
        except RetryLater as exc:
            self._again(row, token, str(exc), exc)
        except (PluginBug, BudgetExceeded) as exc:
            self._bug(row, token, str(exc))
        except CallFailed as exc:
            self._again(row, token, str(exc))
        except (DataError, IntegrityError, UnicodeError) as exc:
            # for example half a surrogate pair in a key; the rows behind this one must not suffer
            self._bug(row, token, f"the database refuses what the plugin tells ({type(exc).__name__})")
        except OperationalError as exc:
            # the claim expires by itself, and somebody takes the row up again
            log.error("event not processed: the database is away", event_id=row.id, error=str(exc.orig))
        return False

    def _planned(self, row: Inbox, notification: Notification) -> Planned:
        addressed = self._addressing.address(row.instance, notification)
        default = Lane.DIGEST if self._origins.is_job(row) else Lane.NORMAL
        return Planned(
            instance=row.instance,
            origin=row.id,
            notification=addressed.notification,
            decision=addressed.decision,
            resolution=addressed.resolution,
            edits=tuple(" ".join(part for part in edit if part) for edit in addressed.edits),
            lane=lane_of(addressed.notification, default),
        )

    def _commit(self, row: Inbox, token: str, planned: Sequence[Planned], work: UnitOfWork) -> bool:
        state = InboxState.PROCESSED if planned else InboxState.IGNORED
        reason = "" if planned else "the plugin has nothing to tell about it"
        with self._database.write() as session:
            self._plan.reserve(session, planned)
            if not self._inbox.finish_in(session, row.id, token, state, reason):
                log.warning("event was taken over by another worker", event_id=row.id)
                return False
            now = self._database.now(session)
            told = [self._plan.write(session, item, now) for item in planned]
            if told and all(fact.origin != row.id for fact in told):
                ids = ", ".join(fact.id for fact in told)
                session.get_one(Inbox, row.id).reason = f"all of it was told before: {ids}"
            for instance, change in work.close():
                apply_change(session, instance, change)
        self._counts.ended(row.instance, state.value, sum(fact.origin == row.id for fact in told))
        log.info(
            "event processed",
            event_id=row.id,
            attempt=row.attempts,
            instance=row.instance,
            notifications=[fact.id for fact in told],
            state=state.value,
        )
        return bool(planned)

    def _bug(self, row: Inbox, token: str, reason: str) -> None:
        if row.attempts >= _MAX_BUGS:
            self._end(row, token, InboxState.FAILED, f"{reason}; gave up after {row.attempts} attempts")
        else:
            self._again(row, token, reason)

    def _again(self, row: Inbox, token: str, reason: str, error: RetryLater | None = None) -> None:
        now = self._clock.now()
        if now - row.received_at > GIVE_UP_AFTER:
            self._end(row, token, InboxState.FAILED, f"gave up after 7 days: {reason}")
            return
        pause = wait_before(row.attempts, at_least=error.after if error else None)
        if error is not None and isinstance(error.__cause__, PortalError):
            pause = min(pause, LONGEST_PORTAL_PAUSE)  # the row is not to blame
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
