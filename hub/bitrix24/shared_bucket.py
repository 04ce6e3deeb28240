"""The portal's leaky bucket, counted by several processes in one place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

from hub.bitrix24.blocks import Blocks, Bounds, Place
from hub.bitrix24.bucket import LeakyBucket
from hub.bitrix24.limits import Level

#: A place that is away is left alone for so many seconds, because asking it may take long.
_LEAVE_ALONE = 5.0
#: While the place is away a process keeps to this part of the limits: four of them may be busy.
_SHARE = 0.25


class SharedBucket:
    """A leaky bucket for all threads of all processes that know its place.

    Callers must not hold a transaction: the place may be the database. When the place is away, a
    part of the limits is used, beginning with nothing, because losing the place must neither stop
    the hub nor exceed the limits; so no method raises.

    Args:
        errors: what the place raises when it is away.
        on_away: told once, with the error, when it goes away.
        on_back: told once when it is back.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        place: Place,
        bounds: Bounds,
        *,
        errors: tuple[type[Exception], ...],
        on_away: Callable[[Exception], None] = lambda error: None,
        on_back: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._place = place
        self._bounds = bounds
        self._errors = errors
        self._on_away = on_away
        self._on_back = on_back
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._blocks = Blocks(place, bounds, now=clock())
        self._alone: LeakyBucket | None = None
        self._alone_until = 0.0
        self._spent_alone = 0

    def take(self, *, priority: bool = False) -> float:
        with self._lock:
            now = self._clock()
            if self._blocks.take_held(now):
                return 0.0
            if wait := self._blocks.wait(now, priority=priority):
                return wait
            if self._is_there(now):
                try:
                    return self._blocks.draw(now, priority=priority)
                except self._errors as error:
                    self._leave_alone(error)
            return self._take_alone(priority)

    def acquire(self, *, priority: bool = False) -> None:
        while (wait := self.take(priority=priority)) > 0:
            self._sleep(wait)

    def give_back(self) -> None:
        with self._lock:
            now = self._clock()
            if self._is_there(now):
                try:
                    self._blocks.give_back(now)
                except self._errors as error:
                    self._leave_alone(error)

    def refused(self, retry_after: timedelta | None = None) -> None:
        pause = retry_after.total_seconds() if retry_after else 0.0
        with self._lock:
            now = self._clock()
            if self._is_there(now):
                try:
                    self._blocks.fill(now, pause=pause)
                except self._errors as error:
                    self._leave_alone(error)
            if self._alone:
                self._alone.refused(retry_after)

    def level(self) -> Level:
        with self._lock:
            now = self._clock()
            if self._is_there(now):
                try:
                    return Level(used=self._blocks.used(now), capacity=self._bounds.capacity)
                except self._errors as error:
                    self._leave_alone(error)
            return self._careful().level()

    def _is_there(self, now: float) -> bool:
        """Say whether the place can be asked; when it was away, tell it what was spent meanwhile."""
        if self._alone is None:
            return True
        if now < self._alone_until:
            return False
        try:
            self._place.add(min(float(self._spent_alone), self._bounds.capacity))
        except self._errors:
            self._alone_until = now + _LEAVE_ALONE
            return False
        self._alone, self._spent_alone = None, 0
        self._on_back()
        return True

    def _leave_alone(self, error: Exception) -> None:
        # asking may have taken long
        self._alone_until = self._clock() + _LEAVE_ALONE
        self._careful()
        self._on_away(error)

    def _take_alone(self, priority: bool) -> float:
        wait = self._careful().take(priority=priority)
        if not wait:
            self._spent_alone += 1
        return wait

    def _careful(self) -> LeakyBucket:
        if self._alone is None:
            self._alone = LeakyBucket(
                self._bounds.rate * _SHARE,
                max(2, int(self._bounds.capacity * _SHARE)),
                reserve=int(self._bounds.reserve * _SHARE),
                clock=self._clock,
            )
            self._alone.refused()  # the shared one may have been as empty
        return self._alone
