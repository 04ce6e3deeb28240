"""When an instance is ``failing``, and when it may be tried again."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.plugin import Clock
from hub.registry.calls import STARTUP
from hub.registry.instances import Status, StatusChange

#: So many failures of one hook in a row, none older than the window, make an instance failing.
STRIKES = 5
WINDOW = timedelta(minutes=1)
#: A failing instance is tried this often.
PROBE_EVERY = timedelta(seconds=30)


@dataclass
class _Trip:
    hook: str
    reason: str
    probed_at: datetime
    failed_at: datetime


@dataclass
class _State:
    strikes: dict[str, list[datetime]] = field(default_factory=dict)
    trip: _Trip | None = None


class Breaker:
    """Counts failures of each hook in a row; what a stranger's request calls does not come here.

    Hooks are counted apart, because a plugin whose ``parse`` works and whose ``notify`` does not would never
    fail twice in a row. For the same reason a tripped breaker closes with a success of the hook that failed;
    of any other only once the last failure is a minute old, so that a hook nobody calls holds nothing up. A
    failed ``startup`` ends only with one that works.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._states: dict[str, _State] = {}
        self._changes: list[StatusChange] = []

    def reason(self, instance: str) -> str | None:
        """Return why the instance is failing, or ``None`` when it is not."""
        with self._lock:
            trip = self._state(instance).trip
            return trip.reason if trip else None

    def may_try(self, instance: str) -> bool:
        """Say whether to give the instance work now; of a failing one, one caller every 30 s is told yes."""
        now = self._clock.now()
        with self._lock:
            trip = self._state(instance).trip
            if trip is None:
                return True
            if trip.hook == STARTUP.name or now - trip.probed_at < PROBE_EVERY:
                return False
            trip.probed_at = now
            return True

    def rests(self, instance: str) -> bool:
        """Say whether :meth:`may_try` would say no to anybody now; nobody's turn is taken."""
        now = self._clock.now()
        with self._lock:
            trip = self._state(instance).trip
            return trip is not None and not _may_be_probed(trip, now)

    def may_start(self, instance: str) -> bool:
        """Say whether to try a failed ``startup`` again now; one caller every 30 s is told yes."""
        now = self._clock.now()
        with self._lock:
            trip = self._state(instance).trip
            if trip is None or trip.hook != STARTUP.name or now - trip.probed_at < PROBE_EVERY:
                return False
            trip.probed_at = now
            return True

    def success(self, instance: str, hook: str) -> None:
        """Take note that a call worked."""
        now = self._clock.now()
        with self._lock:
            state = self._state(instance)
            state.strikes.pop(hook, None)
            trip = state.trip
            if trip is None:
                return
            if trip.hook == hook or (trip.hook != STARTUP.name and now - trip.failed_at >= WINDOW):
                state.trip = None
                state.strikes.clear()
                self._changes.append(StatusChange(instance=instance, status=Status.ACTIVE, reason="", at=now))

    def minds(self, instance: str, hook: str) -> bool:
        """Say whether a success of *hook* can change anything: seldom, and this is asked after every call."""
        state = self._states.get(instance)
        if state is None:
            return False
        trip = state.trip
        return hook in state.strikes or (
            trip is not None and (trip.hook == hook or trip.hook != STARTUP.name)
        )

    def failure(self, instance: str, hook: str, error: str) -> None:
        """Take note that a call failed; trips after ``STRIKES`` of one hook in a row."""
        now = self._clock.now()
        with self._lock:
            state = self._state(instance)
            recent = [at for at in state.strikes.get(hook, ()) if now - at < WINDOW][1 - STRIKES :]
            state.strikes[hook] = [*recent, now]
            if state.trip is not None:
                state.trip.failed_at = now
            elif len(state.strikes[hook]) >= STRIKES:
                self._trip(
                    instance, hook, f"{hook} failed {STRIKES} times in a row, tried again: {error}", now
                )

    def trip(self, instance: str, hook: str, reason: str) -> None:
        """Make the instance failing at once."""
        now = self._clock.now()
        with self._lock:
            trip = self._state(instance).trip
            if trip is None or (hook == STARTUP.name != trip.hook):
                self._trip(instance, hook, reason, now)
            else:
                trip.failed_at = now

    def changes(self) -> list[StatusChange]:
        """Return what changed since the last time this was asked."""
        with self._lock:
            changes, self._changes = self._changes, []
            return changes

    def _trip(self, instance: str, hook: str, reason: str, now: datetime) -> None:
        self._state(instance).trip = _Trip(hook=hook, reason=reason, probed_at=now, failed_at=now)
        self._changes.append(StatusChange(instance=instance, status=Status.FAILING, reason=reason, at=now))

    def _state(self, instance: str) -> _State:
        return self._states.setdefault(instance, _State())


def _may_be_probed(trip: _Trip, now: datetime) -> bool:
    return trip.hook != STARTUP.name and now - trip.probed_at >= PROBE_EVERY
