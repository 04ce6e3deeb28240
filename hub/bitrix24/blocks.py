"""Permissions drawn in blocks from a place that several processes share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

#: A block is at most what the portal allows in so many seconds, because it loses its value in that time. At the usual
#: two or five requests a second permissions are drawn one by one and none is lost.
_LONGEST = 0.25
#: Seconds for which a block should last: what is held longer loses its value.
_LASTS = 0.2
#: Others may give back what they did not need, so nobody waits longer without looking.
_LONGEST_WAIT = 2.0
#: A permission that is lost by less than this is still good: drawing itself takes a moment.
_TOLERANCE = 0.5


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What the portal allows.

    Attributes:
        rate: requests it forgets per second.
        capacity: requests that may count at once.
        reserve: of these, those kept for callers with priority.
    """

    rate: float
    capacity: float
    reserve: float

    @classmethod
    def of(cls, rate: float, burst: int, *, reserve: int = 10) -> Bounds:
        """Return the bounds for a portal that refuses above *burst*.

        One is left out, because two clocks never agree; the reserve is at most half.

        Raises:
            ValueError: a number is not positive.
        """
        if rate <= 0 or burst < 1:
            raise ValueError("rate and burst must be positive")
        capacity = max(1.0, burst - 1.0)
        return cls(rate=rate, capacity=capacity, reserve=min(float(reserve), capacity // 2))


class Place(Protocol):
    """Where the requests that count are kept, by a clock that is the same for all.

    How many count falls with the rate down to nothing; what is above the capacity is a pause that
    the portal asked for. Each method is one step that no other process can come between.
    """

    def draw(self, wanted: int, limit: float) -> tuple[int, float]:
        """Let up to *wanted* more requests count, at most a quarter of the room below *limit* or one.

        Returns:
            how many were added, and how many count now.
        """

    def add(self, requests: float) -> None:
        """Let more requests count, or fewer when negative."""

    def fill(self, level: float) -> None:
        """Let at least *level* requests count."""

    def used(self) -> float:
        """Return how many requests count."""


class Blocks:
    """The permissions of one process; not for several threads at a time.

    The first draw is for one, and who needs more soon gets more at once, while there is plenty. What is
    drawn and not used loses value as fast as the place forgets it. So the place never counts less than
    the portal does and all that is held together, however long it is held.

    Methods raise what the place raises, and then nothing has changed here.

    Args:
        now: monotonic seconds, here and in all methods.
    """

    def __init__(self, place: Place, bounds: Bounds, *, now: float) -> None:
        self._place = place
        self._bounds = bounds
        self._largest = max(1, int(bounds.rate * _LONGEST))
        self._block = 1
        self._held = 0.0
        self._held_at = now
        self._drawn_at = -math.inf
        self._not_before = {False: now, True: now}  # by priority

    def take_held(self, now: float) -> bool:
        """Take one of those that are here."""
        self._age(now)
        if self._held < 1 - _TOLERANCE:
            return False
        self._held = max(0.0, self._held - 1)
        return True

    def wait(self, now: float, *, priority: bool) -> float:
        """Return the seconds for which it is of no use to draw."""
        return max(0.0, self._not_before[priority] - now)

    def draw(self, now: float, *, priority: bool) -> float:
        """Draw a block and take one of it; return 0, or the seconds to wait."""
        block = self._next_block(now)
        # what is drawn with priority may come from the reserve, and must not be left for others
        wanted = 1 if priority else block
        granted, used = self._place.draw(wanted, self._limit(priority=priority))
        self._expect(used, now)
        if not granted:
            # a rounding error must not make anybody ask without end
            self._not_before[priority] = max(self._not_before[priority], now + 0.001)
            return self.wait(now, priority=priority)
        if not priority:
            self._block, self._drawn_at = block, now
            self._held, self._held_at = granted - 1.0, now
        return 0.0

    def _next_block(self, now: float) -> int:
        needed = self._block * _LASTS / max(now - self._drawn_at, 1e-6)
        return max(1, int(min(needed, 2 * self._block, self._largest)))

    def give_back(self, now: float) -> None:
        """Return one that was taken a moment ago, before it loses its value."""
        self._place.add(-1.0)
        self._not_before = {False: now, True: now}

    def fill(self, now: float, *, pause: float) -> None:
        """Leave nothing for anybody, and then nothing for *pause* seconds more."""
        self._held = 0.0
        self._block = 1
        level = self._bounds.capacity + pause * self._bounds.rate
        self._place.fill(level)
        self._expect(level, now)

    def used(self, now: float) -> float:
        """Return how many requests count, without those held here."""
        self._age(now)
        return max(0.0, self._place.used() - self._held)

    def _age(self, now: float) -> None:
        # a clock that went backwards gives nothing away
        self._held = max(0.0, self._held - max(0.0, now - self._held_at) * self._bounds.rate)
        self._held_at = now

    def _expect(self, used: float, now: float) -> None:
        for priority in (False, True):
            missing = used + 1 - self._limit(priority=priority)
            self._not_before[priority] = now + min(max(0.0, missing / self._bounds.rate), _LONGEST_WAIT)

    def _limit(self, *, priority: bool) -> float:
        return self._bounds.capacity - (0.0 if priority else self._bounds.reserve)
