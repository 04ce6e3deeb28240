"""Sortable ids: ``e…`` inbox, ``d…`` outbox, ``n…`` notification."""

from __future__ import annotations

import secrets
import threading
from datetime import datetime

from hub.plugin import Clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base32: sorts like the number, no look-alikes


class IdFactory:
    """Makes ids that grow with time: 48 bits of milliseconds, a 16-bit counter, 24 random bits.

    Ids of one process are strictly increasing, also when the clock steps back.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._millisecond = 0
        self._count = 0

    def new(self, prefix: str) -> str:
        """Return a new id: *prefix* and 18 characters."""
        now = int(self._clock.now().timestamp() * 1000)
        with self._lock:
            if now > self._millisecond:
                self._millisecond, self._count = now, 0
            else:
                self._count += 1
                if self._count > 0xFFFF:
                    self._millisecond, self._count = self._millisecond + 1, 0
            number = (self._millisecond << 40) | (self._count << 24) | secrets.randbits(24)
        return prefix + _base32(number)


def first_id(prefix: str, moment: datetime) -> str:
    """Return the smallest id that can be made at *moment*."""
    return prefix + _base32(int(moment.timestamp() * 1000) << 40)


def _base32(number: int) -> str:
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(85, -1, -5))
