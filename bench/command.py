"""What the commands have in common: telling how far they are, and printing what was seen."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable, Iterable

from bench.figures import Row

#: Takes a line about what goes on.
Tell = Callable[[str], None]


def say(text: str) -> None:
    """Print it at once."""
    print(f"     … {text}", flush=True)


def show(parser: argparse.ArgumentParser, measure: Callable[[argparse.Namespace], Iterable[Row]]) -> None:
    """Be one command: measure what the arguments say and print each row."""
    end_cleanly()
    for row in measure(parser.parse_args()):
        print(row, flush=True)


def end_cleanly() -> None:
    """Let SIGTERM end the processes that were started, too."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
