"""Catch-up: ask each portal source what happened since it last looked, for the portal never repeats an event."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from hub.bitrix24.errors import PortalError
from hub.pipeline.backoff import LONGEST_PORTAL_PAUSE, wait_before
from hub.pipeline.heard import TEST, Heard
from hub.pipeline.object_rows import ObjectRows, source_name
from hub.pipeline.portal_state import PortalState
from hub.pipeline.unit_of_work import CurrentWork
from hub.plugin import CatchUp as Page
from hub.plugin import Clock, PluginError, PortalSource, RetryLater
from hub.registry import CallFailed, Declared, Registry, Status, calls
from hub.storage.cursors import Cursors
from hub.storage.database import AWAY, UNFIT, Database
from hub.storage.plugin_store import Change, apply_change
from hub.storage.statements import add

log = structlog.get_logger("hub.catch_up")

#: How often to look where events are posted, and where nothing shows that they are.
_EVENTS_COME = timedelta(minutes=5)
_NO_EVENTS = timedelta(seconds=15)
#: How long a posted event shows that posts arrive.
_SHOWS_FOR = timedelta(hours=24)
#: How long to let messages go first that wait to be sent: they need the same few requests a second.
_PATIENCE = timedelta(minutes=5)
#: The first pause after a failure, as the number of a retry: 16 s. A source that cannot catch up thus never fails
#: often enough within a minute for the breaker to take its plugin for failing, whose events may work.
_FIRST_RETRY = 5


@dataclass(frozen=True, kw_only=True)
class Look:
    """When this process last looked for a source, and what came of it."""

    at: datetime
    failures: int = 0
    again_at: datetime | None = None  #: after a failure
    saw_portal_away: bool = False  #: since then


class CatchUp:
    """Looks for each source by itself; run each under a lease of its own, so that a slow one holds up no other.

    Without a lease two processes would look twice, but keep one page.

    Args:
        portal: how the portal is, as the sender last found it.
        subscribed: the events that the portal is known to post.
        busy: whether messages wait that could be sent now.
        ring: told when there is something for an instance.
    """

    def __init__(
        self,
        *,
        database: Database,
        cursors: Cursors,
        registry: Registry,
        rows: ObjectRows,
        heard: Heard,
        portal: Callable[[], PortalState],
        subscribed: Callable[[], Collection[str]],
        busy: Callable[[], bool],
        work: CurrentWork,
        clock: Clock,
        ring: Callable[[str], None],
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._registry = registry
        self._rows = rows
        self._heard = heard
        self._portal = portal
        self._subscribed = subscribed
        self._busy = busy
        self._work = work
        self._clock = clock
        self._ring = ring
        self._looks: dict[tuple[str, str], Look] = {}
        self._stepping_back: dict[tuple[str, str], datetime] = {}
        self._stopping = False

    def sources(self) -> list[tuple[str, str]]:
        """Return instance and name of every source."""
        return [(each.instance.name, source_name(each.item)) for each in self._registry.portal_sources()]

    def turn(self) -> None:
        """Look for every source whose time has come, one after another."""
        for instance, source in self.sources():
            self.look(instance, source)

    def look(self, instance: str, source: str) -> None:
        """Look for one source if its time has come; what fails is tried again later."""
        declared = self._declared(instance, source)
        if declared is None or not self._is_due(declared) or not self._may_try(declared):
            return
        place, now = (instance, source), self._clock.now()
        if self._steps_back(place, now):
            return
        failures = self._looks[place].failures if place in self._looks else 0
        try:
            self._catch_up(declared)
        except _FAILURES as exc:
            pause = _pause(failures + 1, exc)
            self._looks[place] = Look(at=now, failures=failures + 1, again_at=self._clock.now() + pause)
            tell = log.info if failures else log.warning
            tell(
                "catch-up failed",
                instance=instance,
                source=source,
                reason=_said(exc),
                failures=failures + 1,
                pause=round(pause.total_seconds()),
            )
        else:
            self._looks[place] = Look(at=now)
            if failures:
                log.info("catch-up works again", instance=instance, source=source, failed_tries=failures)

    def forget(self) -> None:
        """Look for every source at its next turn, as after a start."""
        self._looks.clear()
        self._stepping_back.clear()

    def stop(self) -> None:
        """Ask for no further page."""
        self._stopping = True

    def _declared(self, instance: str, source: str) -> Declared[PortalSource] | None:
        found = (each for each in self._registry.portal_sources() if each.instance.name == instance)
        return next((each for each in found if source_name(each.item) == source), None)

    def _may_try(self, declared: Declared[PortalSource]) -> bool:
        active = declared.instance.status is Status.ACTIVE
        return active or self._registry.may_try(declared.instance.name)

    def _is_due(self, declared: Declared[PortalSource]) -> bool:
        last = self._looks.get((declared.instance.name, source_name(declared.item)))
        now = self._clock.now()
        if (
            last is None or last.at > now
        ):  # this process has just begun to care for it, or its clock was set back
            return True
        if last.again_at is not None:
            return now >= last.again_at
        return self._is_back(declared, last) or self._is_time(declared.item, now - last.at, now)

    def _is_time(self, source: PortalSource, waited: timedelta, now: datetime) -> bool:
        if source.catch_up_every is not None:
            return waited >= source.catch_up_every
        return waited >= _EVENTS_COME or (waited >= _NO_EVENTS and not self._events_come(source, now))

    def _events_come(self, source: PortalSource, now: datetime) -> bool:
        events = set(source.events)
        if events <= set(self._subscribed()):
            events.add(TEST)
        heard = self._heard.latest(events)
        return heard is not None and now - heard <= _SHOWS_FOR

    def _is_back(self, declared: Declared[PortalSource], last: Look) -> bool:
        """Say whether the sender found the portal away and then there again."""
        is_there = self._portal().state == "connected"
        if not is_there and not last.saw_portal_away:
            place = (declared.instance.name, source_name(declared.item))
            self._looks[place] = replace(last, saw_portal_away=True)
        return is_there and last.saw_portal_away

    def _steps_back(self, place: tuple[str, str], now: datetime) -> bool:
        """Say whether messages go first; a source that was never looked at has to learn where the present is."""
        since = min(self._stepping_back.setdefault(place, now), now)
        if now - since < _PATIENCE and self._busy() and self._cursors.get(*place) is not None:
            return True
        del self._stepping_back[place]
        return False

    def _catch_up(self, declared: Declared[PortalSource]) -> None:
        """Take page after page, each committed with the cursor behind it."""
        instance, source = declared.instance.name, source_name(declared.item)
        seen = self._cursors.get(instance, source)
        more = True
        while more and not self._stopping:
            with self._work.begin() as work:
                page = self._registry.guard.call(
                    instance, calls.CATCH_UP, declared.item.catch_up, seen, object_id=source
                )
                changes = work.close()
            if not self._keep(declared, page, seen, changes):
                log.info("somebody else has caught up", instance=instance, source=source)
                return
            more = page.more and seen is not None
            if more and page.cursor == seen:
                raise PluginError("catch_up says that there is more, but its cursor does not move")
            seen = page.cursor

    def _keep(
        self,
        declared: Declared[PortalSource],
        page: Page,
        seen: str | None,
        changes: list[tuple[str, Change]],
    ) -> bool:
        objects = [] if seen is None else page.objects  # the first look only finds out where the present is
        if not objects and not changes and page.cursor == seen:
            return True
        instance, source = declared.instance.name, source_name(declared.item)
        rows = self._rows.make(declared, objects, self._clock.now(), caught_up=True)
        with self._database.write() as session:
            now = self._database.now(session)
            if not self._cursors.move(session, instance, source, seen=seen, to=page.cursor, now=now):
                return False
            for row in rows:
                add(session, row)
            for owner, each in changes:
                apply_change(session, owner, each)
        if rows:
            log.info("caught up", instance=instance, source=source, objects=len(objects), events=len(rows))
            self._ring(instance)
        return True


#: A plugin's own faults, a portal or database that is away, and a cursor that no database can hold.
_FAILURES = (PluginError, CallFailed, *AWAY, *UNFIT)


def _pause(failures: int, error: Exception) -> timedelta:
    if isinstance(error, RetryLater):
        pause = wait_before(failures, at_least=error.after)
        return min(pause, LONGEST_PORTAL_PAUSE) if isinstance(error.__cause__, PortalError) else pause
    return wait_before(failures + _FIRST_RETRY - 1)


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, PluginError | CallFailed) else type(error).__name__
