"""Row 2: how many fsyncs an accepted event costs while 32 connections send."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from bench.accept import HELD, SLOWER, Bench, rounds
from bench.command import Tell, say, show
from bench.figures import Row, spread, verdict


def run(seconds: float, times: int, tell: Tell) -> Row:
    """Measure SQLite and PostgreSQL, on this machine's disk and on a slower one."""
    seen = {}
    for postgresql in (False, True):
        for slower in (0.0, SLOWER):
            name = f"{'PostgreSQL' if postgresql else 'SQLite'} +{1000 * slower:g} ms"
            tell(name)
            with Bench.running(slower=slower, postgresql=postgresql) as bench:
                found = rounds(bench, HELD, connections=32, seconds=seconds, times=times, tell=tell)
            seen[name] = sorted(found.fsyncs)
    medians = {name: each[len(each) // 2] for name, each in seen.items()}
    return Row(
        number="2",
        what="fsyncs per accepted event, 32 connections: " + " / ".join(seen),
        must="0.25",
        aim="0.10",
        seen=" / ".join(f"{each:.3f}" for each in medians.values()),
        verdict=verdict(*((each, 0.25, 0.10) for each in medians.values())),
        detail="\n".join(f"{name}: {spread(each)}" for name, each in seen.items()),
    )


def parser() -> argparse.ArgumentParser:
    """Return what the command takes."""
    taken = argparse.ArgumentParser(description=__doc__)
    taken.add_argument("--rounds", type=int, default=3)
    taken.add_argument("--seconds", type=float, default=3.0, help="of each load")
    return taken


def measure(given: argparse.Namespace) -> Iterator[Row]:
    """Measure as the command says."""
    yield run(given.seconds, given.rounds, say)


if __name__ == "__main__":
    show(parser(), measure)
