"""Slots: how many threads may work for an instance at a time, so that slow ones never take all of them."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager


class Slots:
    """Each instance has one slot of its own; further ones come out of a stock that all share.

    Attributes:
        threads: with so many, one is left for each instance whatever the others do.

    Args:
        each: slots of one instance at most.
        shared: slots in the stock.
    """

    def __init__(self, instances: Iterable[str], *, each: int, shared: int) -> None:
        names = set(instances)
        self._own = {name: threading.BoundedSemaphore(1) for name in names}
        self._further = {name: threading.BoundedSemaphore(each - 1) for name in names}
        self._shared = threading.BoundedSemaphore(shared)
        self.threads = len(names) + shared

    @contextmanager
    def take(self, instance: str) -> Iterator[bool]:
        """Hold a slot of *instance* for the length of the block; False when none is free, or it is unknown."""
        with ExitStack() as held:
            yield self._take(instance, held)

    def _take(self, instance: str, held: ExitStack) -> bool:
        if instance not in self._own:
            return False
        return _hold(self._own[instance], held) or (
            _hold(self._further[instance], held) and _hold(self._shared, held)
        )


def _hold(slots: threading.Semaphore, held: ExitStack) -> bool:
    free = slots.acquire(blocking=False)
    if free:
        held.callback(slots.release)
    return free
