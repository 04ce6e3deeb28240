"""Pace: how much fits into a request and how many requests are worth having on their way, by what was measured."""

from __future__ import annotations

import math
import threading

#: The portal's limit for one request.
MOST_COMMANDS = 50
#: Requests at once; more find no work, because the portal's rate limit is below what they can carry.
MOST_STREAMS = 8

#: Seconds a request may take. The portal cuts it at 60 and what it was doing is then in doubt.
_LONG_REQUEST = 10.0
#: A faster request rate than this is nothing to prepare streams for.
_HIGHEST_RATE = 20.0
#: Seconds that the first request is thought to take.
_UNKNOWN = 2.0
#: Streams are not always full, and not all requests take the same time.
_SPARE = 1.5


class Pace:
    """Learns from each request how fast the portal is.

    The commands of a batch run one after another, so a slow portal gets smaller requests and more of them at once.

    Args:
        rate: requests per second that the portal allows.
    """

    def __init__(self, rate: float) -> None:
        self._rate = min(rate, _HIGHEST_RATE)
        self._lock = threading.Lock()
        self._per_command = 0.0
        self._per_request = _UNKNOWN

    def observe(self, commands: int, seconds: float) -> None:
        """Learn that a request of so many commands took so long; slowness counts at once, speed little by little."""
        with self._lock:
            self._per_request = _learn(self._per_request if self._per_command else 0.0, seconds)
            self._per_command = _learn(self._per_command, seconds / commands)

    @property
    def commands(self) -> int:
        """How many commands a request should have at most."""
        if self._per_command <= 0:
            return MOST_COMMANDS
        return max(1, min(MOST_COMMANDS, int(_LONG_REQUEST / self._per_command)))

    @property
    def streams(self) -> int:
        """How many requests should be on their way at most: as many as begin while one takes its time, and one."""
        return min(MOST_STREAMS, 1 + math.ceil(_SPARE * self._rate * self._per_request))


def _learn(known: float, seen: float) -> float:
    return max(seen, 0.8 * known + 0.2 * seen)
