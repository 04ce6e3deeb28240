"""Telling how far a measurement is."""

from __future__ import annotations

from collections.abc import Callable

#: Takes a line about what goes on.
Tell = Callable[[str], None]


def say(text: str) -> None:
    """Print it at once."""
    print(f"     … {text}", flush=True)
