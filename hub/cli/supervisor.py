"""Processes that work side by side: started, started again when they die, stopped together."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from typing import Any

import structlog

from hub.cli.stop_signals import StopSignals

log = structlog.get_logger("hub.worker")

#: Seconds until a process that does not end is killed; it gives up by itself a moment earlier.
_STOP_WITHIN = 10.0
#: Seconds before the second start of a process that dies early; doubled each time, up to the longest.
_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
#: A process that lived so long did not die of what its start met.
_LONG_LIFE = 60.0
#: How a process ends that refuses to start with its settings; another try changes nothing.
_REFUSED = 2

_SPAWN = multiprocessing.get_context("spawn")


class Place:
    """One of the processes that work side by side, whoever fills it at the moment."""

    def __init__(self, name: str, target: Callable[..., None], arguments: Sequence[object]) -> None:
        self.name = name
        self.is_ready = False
        self._target = target
        self._arguments = arguments
        self._process: Any = None
        self._ready: Connection | None = None
        self._started_at = 0.0
        self._start_at = 0.0
        self._early_ends = 0

    @property
    def waits_for(self) -> float:
        """Seconds until it may be started."""
        return max(0.0, self._start_at - time.monotonic())

    @property
    def is_alive(self) -> bool:
        """Whether a process runs here."""
        return self._process is not None

    @property
    def signs(self) -> list[Any]:
        """What becomes readable when something happens to the process."""
        return [each for each in (self._ready, self._process and self._process.sentinel) if each is not None]

    def start(self) -> None:
        """Fill the place."""
        self._ready, ready = _SPAWN.Pipe(duplex=False)
        arguments = (*self._arguments, ready)
        self._process = _SPAWN.Process(target=self._target, args=arguments, name=self.name)
        with _without_ctrl_c():
            self._process.start()
        ready.close()
        self._started_at = time.monotonic()

    def look(self) -> int | None:
        """See what has happened; return the exit code when the process has ended."""
        if self._ready is not None and self._ready.poll():
            try:
                self.is_ready = bool(self._ready.recv())
            except EOFError:
                self._ready.close()
                self._ready = None
        if self._process is None or self._process.exitcode is None:
            return None
        return self._bury()

    def end(self, how: signal.Signals) -> None:
        """Send a signal to the process, if there is one."""
        if self._process is not None:
            (self._process.kill if how is signal.SIGKILL else self._process.terminate)()

    def _bury(self) -> int:
        code: int = self._process.exitcode
        self._process.close()
        self._process, self.is_ready = None, False
        if time.monotonic() - self._started_at >= _LONG_LIFE:
            self._early_ends = 0
        pause = min(_PAUSE * 2 ** (self._early_ends - 1), _LONGEST_PAUSE) if self._early_ends else 0.0
        self._early_ends += 1
        self._start_at = time.monotonic() + pause
        return code


class Supervisor:
    """Keeps *count* processes alive that each run ``target(number, *arguments, ready)`` and send ``True`` by *ready*.

    Numbers begin with 0.

    The first one goes ahead: what it refuses, with exit code 2, all would refuse.
    """

    def __init__(self, count: int, target: Callable[..., None], arguments: Sequence[object]) -> None:
        self._places = [Place(f"worker-{n + 1}", target, (n, *arguments)) for n in range(count)]
        self._one_was_ready = False

    def run(self, signals: StopSignals, ready: Callable[[], None]) -> int:
        """Run until a signal asks for the end; return the exit code.

        Args:
            ready: called once all of them work.
        """
        try:
            while not signals.asked:
                self._start()
                wait([signals.sign, *(sign for place in self._places for sign in place.signs)], self._pause())
                for place in self._places:
                    code = place.look()
                    if code == _REFUSED and not self._one_was_ready:
                        return code
                    if code is not None and not signals.asked:
                        log.error("worker died", name=place.name, exit_code=code, again_in=place.waits_for)
                    self._one_was_ready = self._one_was_ready or place.is_ready
                if all(place.is_ready for place in self._places):
                    ready()
                    ready = _nothing
            return 0
        finally:
            self._stop(signals)

    def _start(self) -> None:
        for place in self._places if self._one_was_ready else self._places[:1]:
            if not place.is_alive and not place.waits_for:
                place.start()

    def _pause(self) -> float | None:
        pauses = [place.waits_for for place in self._places if not place.is_alive]
        return min(pauses) if pauses and self._one_was_ready else self._places[0].waits_for or None

    def _stop(self, signals: StopSignals) -> None:
        deadline = time.monotonic() + _STOP_WITHIN
        asked = max(signals.asked, 1)
        for place in self._places:
            place.end(signal.SIGTERM)
        while alive := [place for place in self._places if place.is_alive]:
            signals.forget()
            if signals.asked > asked or time.monotonic() >= deadline:
                log.warning("workers killed; what they were doing is taken up again", count=len(alive))
                for place in alive:
                    place.end(signal.SIGKILL)
                deadline = float("inf")
            left = min(deadline - time.monotonic(), _STOP_WITHIN)
            wait([signals.sign, *(sign for place in alive for sign in place.signs)], max(left, 0.0))
            for place in alive:
                place.look()


def _nothing() -> None:
    pass


@contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Start a process that Ctrl-C does not reach, so that it ends in order when its parent says so."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
