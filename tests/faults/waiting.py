"""Waiting for something to come true, and no longer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(
    condition: Callable[[], T], *, within: float, what: str | Callable[[], str], every: float = 0.02
) -> T:
    """Return the first true value of *condition*; fail after *within* seconds, saying *what* did not happen."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {what if isinstance(what, str) else what()}")
        time.sleep(every)
    return found
