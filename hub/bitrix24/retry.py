"""Trying a read again; never used for what changes something at the portal."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from hub.bitrix24.errors import OutcomeUnknown, PortalError, RateLimited, Unreachable

T = TypeVar("T")

_TRANSIENT = (Unreachable, OutcomeUnknown, RateLimited)


@dataclass(frozen=True, kw_only=True)
class Retry:
    """How often and how long a read is repeated.

    Attributes:
        attempts: tries in all.
        first_pause: seconds before the second try; each later pause is twice as long.
        give_up_after: no further try starts this many seconds after the first.
    """

    attempts: int = 3
    first_pause: float = 0.5
    give_up_after: float = 10.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random

    def run(self, attempt: Callable[[], T]) -> T:
        """Return what *attempt* returns, trying again while the trouble may be transient.

        Raises:
            PortalError: the last one.
        """
        started = self.clock()
        for number in range(1, self.attempts + 1):
            try:
                return attempt()
            except _TRANSIENT as error:
                pause = self._pause(number, error)
                too_late = self.clock() + pause - started > self.give_up_after
                if number == self.attempts or too_late:
                    raise
            self.sleep(pause)
        raise AssertionError("attempts must be at least 1")

    def _pause(self, number: int, error: PortalError) -> float:
        pause = self.first_pause * 2.0 ** (number - 1) * (0.8 + 0.4 * self.random())
        asked = error.retry_after if isinstance(error, RateLimited) else None
        return max(pause, asked.total_seconds()) if asked else pause
