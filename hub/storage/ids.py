"""Sortable ids: ``e…`` inbox, ``d…`` outbox, ``n…`` notification, ``a…`` action."""

from __future__ import annotations

import random
import secrets
import threading
from base64 import b32encode
from datetime import datetime

from hub.plugin import Clock

#: From the standard base32 to Crockford's, which sorts like the number and has no look-alikes.
_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789abcdefghjkmnpqrstvwxyz")


class IdFactory:
    """Makes ids that grow with time: 48 bits of milliseconds, a 16-bit counter, 24 random bits.

    Ids of one process are strictly increasing, also when the clock steps back.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._millisecond = 0
        self._count = 0
        # not the system's own for every id: that is a system call, and ids are no secrets
        self._random = random.Random(secrets.randbits(128))

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
            number = (self._millisecond << 40) | (self._count << 24) | self._random.getrandbits(24)
        return prefix + _base32(number)


def first_id(prefix: str, moment: datetime) -> str:
    """Return the smallest id that can be made at *moment*."""
    return prefix + _base32(int(moment.timestamp() * 1000) << 40)


def _base32(number: int) -> str:
    """Return the 18 digits of a number of 90 bits."""
    return b32encode((number << 6).to_bytes(12))[:18].translate(_CROCKFORD).decode()
