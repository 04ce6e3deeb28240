"""Schedule: jobs whose tick has come and timers whose time has come become inbox rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from pydantic import JsonValue
from sqlmodel import Session

from hub.pipeline.ticks import latest_tick, next_tick
from hub.plugin import Job
from hub.registry import Registry
from hub.storage.database import Database
from hub.storage.ids import IdFactory
from hub.storage.inbox import InboxRows
from hub.storage.plugin_store import DisarmTimer, PluginData, apply_change
from hub.storage.states import InboxKind
from hub.storage.tables import ArmedTimer, Inbox
from hub.storage.tables import Schedule as ScheduleRow

log = structlog.get_logger("hub.schedule")

_TIMERS_AT_ONCE = 200
#: A tick this late was missed; ``missed="skip"`` then means not at all.
_PUNCTUAL = timedelta(minutes=2)


class Schedule:
    """Run under a lease, so that one process does it; the unique key makes each tick one row anyway."""

    def __init__(
        self,
        *,
        database: Database,
        inbox: InboxRows,
        data: PluginData,
        ids: IdFactory,
        registry: Registry,
        zone: ZoneInfo,
        ring: Callable[[str], None],
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._data = data
        self._ids = ids
        self._registry = registry
        self._zone = zone
        self._ring = ring

    def tick(self) -> None:
        """Put every due tick and timer into the inbox; after downtime only a job's latest tick."""
        woken: set[str] = set()
        for declared in self._registry.jobs():
            instance = declared.instance.name
            with self._database.write() as session:
                if self._tick_job(session, instance, declared.item):
                    woken.add(instance)
        woken.update(self._fire_timers())
        for instance in woken:
            self._ring(instance)

    def run_now(self, instance: str, job: Job) -> str:
        """Put a tick of *job* into the inbox whatever its schedule says; return the row's id."""
        with self._database.write() as session:
            now = self._database.now(session)
            row = self._row(
                instance, InboxKind.JOB, f"job:{job.name}:now:{now.isoformat()}", now, {"job": job.name}
            )
            self._inbox.add_in(session, row)
        self._ring(instance)
        return row.id

    def fire_now(self, instance: str, timer: str, key: str, data: JsonValue) -> str:
        """Put a fired timer into the inbox without arming it first; return the row's id."""
        with self._database.write() as session:
            now = self._database.now(session)
            fired = ArmedTimer(instance=instance, name=timer, key=key, due_at=now, data=data)
            row = self._timer_row(fired, now)
            self._inbox.add_in(session, row)
        self._ring(instance)
        return row.id

    def next_tick(self, job: Job, after: datetime) -> datetime:
        """Return the first tick of *job* after a moment, by the hub's wall clock."""
        return next_tick(job.cron, after, self._zone)

    def _tick_job(self, session: Session, instance: str, job: Job) -> bool:
        now = self._database.now(session)
        seen = session.get(ScheduleRow, (instance, job.name))
        if seen is None:  # the schedule begins when the job is first seen
            session.add(ScheduleRow(instance=instance, job=job.name, ticked_at=now))
            return False
        due = latest_tick(job.cron, seen.ticked_at, now, self._zone)
        if due is None:
            return False
        seen.ticked_at = due
        if job.missed == "skip" and now - due > _PUNCTUAL:
            log.info("missed tick skipped", instance=instance, job=job.name, tick=due.isoformat())
            return False
        key = f"job:{job.name}:{due.isoformat()}"
        return self._inbox.add_in(
            session, self._row(instance, InboxKind.JOB, key, now, {"job": job.name, "tick": due.isoformat()})
        )

    def _fire_timers(self) -> Sequence[str]:
        with self._database.write() as session:
            now = self._database.now(session)
            due = self._data.due_timers(session, _TIMERS_AT_ONCE)
            for timer in due:
                self._inbox.add_in(session, self._timer_row(timer, now))
                apply_change(session, timer.instance, DisarmTimer(name=timer.name, key=timer.key))
            return [timer.instance for timer in due]

    def _timer_row(self, timer: ArmedTimer, now: datetime) -> Inbox:
        request: dict[str, JsonValue] = {
            "timer": timer.name,
            "key": timer.key,
            "data": timer.data,
            "due_at": timer.due_at.isoformat(),
        }
        row = self._row(timer.instance, InboxKind.TIMER, "", now, request)
        row.key = f"timer:{timer.name}:{row.id}"  # armed for the same moment twice, it fires twice
        return row

    def _row(
        self, instance: str, kind: InboxKind, key: str, now: datetime, request: dict[str, JsonValue]
    ) -> Inbox:
        return Inbox(
            id=self._ids.new("e"),
            instance=instance,
            kind=kind,
            key=key,
            received_at=now,
            request=request,
            due_at=now,
        )
