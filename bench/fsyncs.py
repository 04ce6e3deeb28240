"""Row 2: how many fsyncs an accepted event costs while 32 connections send."""

from __future__ import annotations

import argparse

from bench.accept import HELD, SLOWER, Bench, rounds
from bench.figures import Row, spread, verdict
from bench.progress import Tell, say


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


def main() -> None:
    """Print the row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each load")
    given = parser.parse_args()
    print(run(given.seconds, given.rounds, say))


if __name__ == "__main__":
    main()
