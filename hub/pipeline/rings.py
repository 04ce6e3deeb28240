"""Rings: who is told that there is more to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Rings:
    """Tells of work, which never blocks and never fails.

    Attributes:
        process: rows of an instance wait.
        deliver: there is something to send.
        act: somebody waits for something to be done.
    """

    process: Callable[[str], None]
    deliver: Callable[[], None]
    act: Callable[[], None]
