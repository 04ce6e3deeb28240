"""SIGINT and SIGTERM: waited for together with other things, and the end that comes in any case."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Self

import structlog

log = structlog.get_logger("hub.stop")

#: Seconds for a whole stop; a supervisor kills after ten.
_ALL = 9.0


class StopSignals:
    """Counts signals inside its block.

    Attributes:
        asked: how many came.
        sign: becomes readable with each; wait for it together with other things.

    Args:
        first: called in the handler of the first one.
    """

    def __init__(self, *numbers: signal.Signals, first: Callable[[], None] = lambda: None) -> None:
        self.asked = 0
        self._numbers = numbers
        self._first = first
        self.sign, self._writer = socket.socketpair()
        for end in (self.sign, self._writer):
            end.setblocking(False)

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._take) for number in self._numbers}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self.sign.close()
        self._writer.close()

    def forget(self) -> None:
        """Wait for the next one."""
        with suppress(BlockingIOError):
            self.sign.recv(100)

    def _take(self, number: int, frame: FrameType | None) -> None:
        self.asked += 1
        with suppress(BlockingIOError):
            self._writer.send(b"!")
        if self.asked == 1:
            self._first()


def end_in_time() -> None:
    """Let this process end within its nine seconds whatever still runs.

    A plugin's thread cannot be killed. What it was doing is in the database and is taken up again.
    """
    deadline = threading.Timer(_ALL, _give_up)
    deadline.daemon = True
    deadline.start()


def _give_up() -> None:
    log.warning("stopped without waiting for what still runs; it is taken up at the next start")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
