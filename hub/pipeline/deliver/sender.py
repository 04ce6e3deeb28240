"""The sender: one per portal at a time, by lease. It claims what is due and starts requests until nothing is left."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import structlog

from hub.bitrix24 import Limiter
from hub.bitrix24.errors import PortalError
from hub.pipeline.courtesy import Courtesy
from hub.pipeline.deliver.compose import Compose
from hub.pipeline.deliver.outage import Outage
from hub.pipeline.deliver.pace import Pace
from hub.pipeline.deliver.request import Requests
from hub.pipeline.deliver.streams import Streams
from hub.plugin import Clock
from hub.storage.leases import Leases
from hub.storage.outbox import Claimed, OutboxRows
from hub.storage.states import Lane

log = structlog.get_logger("hub.deliver")

_LEASE = "sender"
_LEASE_TTL = timedelta(seconds=4)
#: A lease is renewed this often while there is work.
_RENEWED_EVERY = 1.0
#: Seconds after which a waiting sender looks around, whatever it was told.
_LOOK_AROUND = 1.0
#: Seconds in which somebody who is just coming or going has come or gone.
_GOING_HOME = 0.01


class Sender:
    """Drains the outbox.

    A request is begun as soon as there is something to send and the portal's rate limit permits one, and only then
    its rows are claimed: so an urgent message waits for one permission and not for what was claimed before it. Rows
    of one dialog and lane are never in two requests at once.

    Args:
        linger: seconds to look out for more before going home; whoever is told meanwhile is served at once.
    """

    def __init__(
        self,
        *,
        outbox: OutboxRows,
        leases: Leases,
        limiter: Limiter,
        requests: Requests,
        compose: Callable[[], Compose],
        outage: Outage,
        pace: Pace,
        clock: Clock,
        courtesy: Courtesy,
        linger: float,
    ) -> None:
        self._outbox = outbox
        self._leases = leases
        self._limiter = limiter
        self._requests = requests
        self._compose = compose
        self._outage = outage
        self._pace = pace
        self._clock = clock
        self._courtesy = courtesy
        self._linger = linger
        self._stopping = False
        self._working = threading.Lock()
        self._entrance = threading.Lock()
        self._open = False
        self._changed = threading.Event()
        self._streams = Streams(self._changed)
        self._numbers = itertools.count(1)
        self._in_use: set[str] = set()
        self._left_behind = True
        self._renewed = 0.0

    def wake(self) -> bool:
        """Tell who is at work in this process that there is more; False when nobody is."""
        with self._entrance:
            if self._open:
                self._changed.set()
            return self._open

    def drain(self) -> None:
        """Send what is due; returns when nothing is, when the portal is away, or when another one sends."""
        while not self._stopping and not self.wake():
            if not self._working.acquire(timeout=_GOING_HOME):
                continue
            try:
                self._take_turns()
            finally:
                self._close()
                self._working.release()
            return

    def keep_lease(self) -> None:
        """Renew the lease while long requests are on their way; called more often than it expires."""
        if self._working.locked():
            self._leases.renew(_LEASE, _LEASE_TTL)

    def stop(self) -> None:
        """Claim nothing more; requests on their way are waited for."""
        self._stopping = True
        self._changed.set()

    def _take_turns(self) -> None:
        while not self._stopping and self._leases.acquire(_LEASE, _LEASE_TTL):
            self._renewed = time.monotonic()
            self._left_behind = True  # by whoever had the lease before
            with self._entrance:
                self._open = True
            try:
                self._send_all()
            finally:
                self._streams.wait()
                self._close()
            if self._leases.release(_LEASE):
                return

    def _close(self) -> None:
        with self._entrance:
            self._open = False

    def _send_all(self) -> None:
        while not self._stopping and self._holds_lease():
            self._changed.clear()  # before looking, so that nothing said from now on is lost
            started = time.monotonic()
            pause = self._start_request()
            self._courtesy.rest(time.monotonic() - started)
            if pause is None and not self._streams.busy:
                if not self._changed.wait(self._linger) and self._leaves():
                    return
            elif pause != 0:
                self._changed.wait(min(pause or _LOOK_AROUND, _LOOK_AROUND))

    def _leaves(self) -> bool:
        """Close the entrance, unless somebody came in at the last moment."""
        with self._entrance:
            self._open = self._changed.is_set()
            return not self._open

    def _holds_lease(self) -> bool:
        if time.monotonic() - self._renewed < _RENEWED_EVERY:
            return True
        self._renewed = time.monotonic()
        return self._leases.renew(_LEASE, _LEASE_TTL)

    def _start_request(self) -> float | None:
        """Begin one request; return 0, or after how long to look again, or ``None`` when nothing is to be done."""
        if self._outage.pauses():
            return None
        most = 1 if self._outage.is_on else self._pace.streams
        free = most - self._streams.busy
        if free <= 0:
            return _LOOK_AROUND
        if self._left_behind:
            self._left_behind = False
            self._outbox.reclaim(tuple(self._in_use))
        try:
            compose = self._compose()
        except PortalError as exc:
            self._outage.failed(exc, self._clock.now())
            return None
        limit = 1 if self._outage.is_on else self._requests.room(compose)
        chosen = self._outbox.choose(limit, shares=free)
        if not chosen:
            return None
        chosen_all = len(chosen) < limit
        if wait := self._limiter.take():
            # others wait for the rate limit, but somebody who waits for an answer does not
            chosen, chosen_all = self._outbox.choose(limit, lowest=Lane.INTERACTIVE), False
            if not chosen or self._limiter.take(priority=True):
                return wait
        try:
            self._send(compose, chosen)
        except BaseException:
            self._limiter.give_back()
            raise
        return None if chosen_all else 0.0

    def _send(self, compose: Compose, chosen: list[str]) -> None:
        """Claim rows and start the request, for which there is a permission."""
        token = f"{self._leases.holder}:{next(self._numbers)}"
        claimed = self._outbox.claim(token, chosen)
        if not claimed:  # all were superseded this very moment
            self._limiter.give_back()
            return
        self._in_use.add(token)
        self._streams.start(lambda: self._carry(compose, token, claimed))

    def _carry(self, compose: Compose, token: str, claimed: list[Claimed]) -> None:
        complete = False
        try:
            complete = self._requests.send(compose, token, claimed)
        finally:
            self._in_use.discard(token)
            if not complete:  # never unset here: another stream may have set it this very moment
                self._left_behind = True
