"""The claims this process holds, renewed while the work goes on."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol


class Renewable(Protocol):
    """Rows that are claimed."""

    def renew(self, tokens: Sequence[str]) -> None:
        """Keep the claims of work that goes on."""


class Claims:
    """Hands out claim tokens and knows which are in use.

    Every claim has a token of its own: a holder that was paused until its claim expired must not mark a row
    that somebody else, or another thread of its own process, has taken up since.
    """

    def __init__(self, rows: Renewable, process: str) -> None:
        self._rows = rows
        self._process = process
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._held: set[str] = set()

    @contextmanager
    def token(self) -> Iterator[str]:
        """Return a new token, in use until the end of the block."""
        token = f"{self._process}:{next(self._numbers)}"
        with self._lock:
            self._held.add(token)
        try:
            yield token
        finally:
            with self._lock:
                self._held.discard(token)

    def renew(self) -> None:
        """Extend the claims in use; called more often than they expire."""
        with self._lock:
            held = sorted(self._held)
        if held:
            self._rows.renew(held)
