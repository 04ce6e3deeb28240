"""Time that a call spends waiting for what the hub fetches for it, which is not the plugin's fault."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_CURRENT: ContextVar[Outside | None] = ContextVar("outside", default=None)


class Outside:
    """A stop watch for one call, begun and stopped in its thread and read in any."""

    def __init__(self) -> None:
        #: Seconds waited before, and since when it waits now: one value, so that a reader never sees half a change.
        self._state: tuple[float, float | None] = (0.0, None)

    @property
    def seconds(self) -> float:
        """How long the call has waited so far."""
        before, since = self._state
        return before if since is None else before + time.monotonic() - since

    def follow(self) -> None:
        """Let :func:`outside` of the current context count here."""
        _CURRENT.set(self)

    def begin(self) -> bool:
        """Begin to wait; False when that has begun before."""
        before, since = self._state
        if since is not None:
            return False
        self._state = before, time.monotonic()
        return True

    def end(self) -> None:
        """Stop waiting."""
        self._state = self.seconds, None


@contextmanager
def outside() -> Iterator[None]:
    """Count the length of the block as time that the plugin's call around it only waits."""
    watch = _CURRENT.get()
    if watch is None or not watch.begin():
        yield
        return
    try:
        yield
    finally:
        watch.end()
