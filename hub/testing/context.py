"""A context for plugin tests: everything in dictionaries, nothing on the network."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

import httpx
from pydantic import JsonValue

from hub.plugin import TimerFired
from hub.testing.clock import MovedClock
from hub.testing.portal import FakePortal

#: What the hub's own store allows for one value.
MAX_VALUE = 64 * 1024
#: What it allows for one key.
MAX_KEY = 2000


class FakeStore:
    """A ``Store`` in a dictionary, with the real one's limits and time to live."""

    def __init__(self, clock: MovedClock | None = None) -> None:
        self._clock = clock or MovedClock()
        self._values: dict[str, tuple[str, datetime | None]] = {}

    def get(self, key: str) -> JsonValue:
        """Return a copy of the value, or ``None`` when there is none or its time is over."""
        found = self._values.get(_as_key(key))
        if found is None or self._is_over(found[1]):
            return None
        value: JsonValue = json.loads(found[0])
        return value

    def set(self, key: str, value: JsonValue, ttl: timedelta | None = None, *, at_once: bool = False) -> None:
        """Keep *value* for *ttl*, or for good; always at once.

        Raises:
            ValueError: the value is larger than 64 KB or not JSON, or nothing can be kept under the key.
        """
        try:
            text = json.dumps(value, allow_nan=False)
        except TypeError as exc:
            raise ValueError(f"the value of {key!r} is not JSON") from exc
        if len(text.encode()) > MAX_VALUE:
            raise ValueError(f"the value of {key!r} is larger than {MAX_VALUE} bytes")
        self._values[_as_key(key)] = (text, self._clock.now() + ttl if ttl else None)

    def delete(self, key: str) -> None:
        """Forget *key*; an unknown one is fine."""
        self._values.pop(_as_key(key), None)

    def scan(self, prefix: str = "") -> Iterable[tuple[str, JsonValue]]:
        """Return what is stored under keys that begin with *prefix*, in the order of the keys."""
        start = _as_key(prefix)
        kept = [key for key in sorted(self._values) if key.startswith(start)]
        return [(key, self.get(key)) for key in kept if not self._is_over(self._values[key][1])]

    def _is_over(self, end: datetime | None) -> bool:
        return end is not None and end <= self._clock.now()


class FakeTimers:
    """``Timers`` that are armed in a dictionary and fire when a test asks for what is due."""

    def __init__(self, clock: MovedClock | None = None) -> None:
        self._clock = clock or MovedClock()
        self.armed: dict[tuple[str, str], TimerFired] = {}

    def set(self, name: str, key: str, at: datetime, data: JsonValue = None) -> None:
        """Arm the timer *name* for *key*; one that is armed already is moved."""
        self.armed[name, _as_key(key)] = TimerFired(name=name, key=key, data=data, due_at=at)

    def cancel(self, name: str, key: str) -> None:
        """Disarm it; an unknown one is fine."""
        self.armed.pop((name, _as_key(key)), None)

    def due(self) -> list[TimerFired]:
        """Disarm and return the timers whose time has come, the earliest first."""
        now = self._clock.now()
        fired = sorted((t for t in self.armed.values() if t.due_at <= now), key=lambda t: t.due_at)
        for timer in fired:
            del self.armed[timer.name, timer.key]
        return fired


class FakeContext:
    """A ``Context`` for tests; its parts are public and can be replaced.

    ``http`` refuses to connect unless it is given, for example as
    ``httpx.Client(transport=httpx.MockTransport(handler))``.
    """

    def __init__(
        self,
        name: str = "example",
        *,
        clock: MovedClock | None = None,
        portal: FakePortal | None = None,
        http: httpx.Client | None = None,
        public_url: str = "https://hub.example",
    ) -> None:
        self.name = name
        self.log = logging.getLogger(f"hub.plugins.{name}")
        self.clock = clock or MovedClock()
        self.http = http or httpx.Client(transport=httpx.MockTransport(_no_network))
        self.portal = portal or FakePortal()
        self.store = FakeStore(self.clock)
        self.timers = FakeTimers(self.clock)
        self.public_url = public_url

    def inbound_url(self, path: str = "") -> str:
        """Return the address of this instance as senders would see it."""
        return "/".join(part for part in (self.public_url, "in", self.name, path.lstrip("/")) if part)


def _as_key(key: str) -> str:
    if "\0" in key or len(key.encode()) > MAX_KEY:  # half of a surrogate pair is a ValueError too
        raise ValueError(f"a key has at most {MAX_KEY} bytes and no NUL; take a digest of what senders say")
    return key


def _no_network(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError(f"a test must not call {request.url.host}; give FakeContext a transport")
