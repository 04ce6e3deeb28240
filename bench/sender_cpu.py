"""Row 8: the CPU time that delivering one of 10,000 planned messages costs, in batches, at an instant portal.

The messages wait from an earlier life of the hub, so that nothing but delivering is to be done. The CPU time, user and
system, of the whole process is read once the hub listens and when the last message is recorded; what the same
process takes while idle afterwards is subtracted.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

from bench.command import Tell, say, show
from bench.drain import waiting
from bench.figures import Row, spread, verdict
from bench.latency import UNLIMITED
from bench.processes import cpu_seconds

_IDLE = 5.0


def run(count: int, dialogs: int, times: int, tell: Tell) -> Row:
    """Measure several deliveries of *count* messages."""
    seen, pace = [], []
    for number in range(times):
        with waiting(count, dialogs, tell, limits=UNLIMITED) as (_, hub, _):
            hub.start()
            pid = hub.serve.pid
            began, before, first = time.monotonic(), cpu_seconds(pid), hub.delivered()
            while (stored := hub.delivered()) < count:
                if time.monotonic() - began > 300:
                    raise RuntimeError(f"only {stored} of {count} messages were delivered")
                time.sleep(0.05)
            took, cpu = time.monotonic() - began, cpu_seconds(pid) - before
            time.sleep(1)
            idle = cpu_seconds(pid)
            time.sleep(_IDLE)
            idle = (cpu_seconds(pid) - idle) / _IDLE
            seen.append((cpu - idle * took) / (count - first) * 1e6)
            pace.append((count - first) / took)
            tell(f"round {number + 1}: {seen[-1]:.0f} µs")
    microseconds = sorted(seen)[len(seen) // 2]
    return Row(
        number="8",
        what=f"sender CPU per batched message, {count} planned ones in {dialogs} dialogs",
        must="200 µs",
        aim="100 µs",
        seen=f"{microseconds:.0f} µs",
        verdict=verdict((microseconds, 200, 100)),
        detail=f"{spread(seen)} µs of the whole process less idle; {spread(pace)} messages/s at an instant portal",
    )


def parser() -> argparse.ArgumentParser:
    """Return what the command takes."""
    taken = argparse.ArgumentParser(description=__doc__)
    taken.add_argument("--count", type=int, default=10_000)
    taken.add_argument("--dialogs", type=int, default=200)
    taken.add_argument("--rounds", type=int, default=3)
    return taken


def measure(given: argparse.Namespace) -> Iterator[Row]:
    """Measure as the command says."""
    yield run(given.count, given.dialogs, given.rounds, say)


if __name__ == "__main__":
    show(parser(), measure)
