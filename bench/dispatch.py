"""Row 9: what finding a source costs among twenty plugins, against finding it where it is alone."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator

from bench.accept import HELD, Bench, events_of
from bench.command import Tell, say, show
from bench.figures import Row, spread, verdict
from bench.hubs import Hub
from bench.plugin import TOKEN
from bench.processes import cpu_seconds

_PLUGINS = 20
_CONNECTIONS = 16


def run(seconds: float, times: int, tell: Tell) -> Row:
    """Load two hubs that run side by side, in turn; compare the CPU time that one event takes."""
    many = {f"plugins.more{n}": {"use": "bench", "token": TOKEN} for n in range(_PLUGINS - 1)}
    ratios, seen = [], []
    with Bench.running() as bench, bench.hub() as (_, one), bench.hub(many) as (_, twenty):
        for number in range(times):
            first = _cost(bench, one, seconds, f"a{number}")
            among = _cost(bench, twenty, seconds, f"a{number}")
            again = _cost(bench, one, seconds, f"b{number}")
            ratios.append(2 * among / (first + again))
            seen.append(f"{first:.0f} {among:.0f} {again:.0f}")
            tell(f"round {number + 1}: {ratios[-1]:.2f}")
    ratio = statistics.median(ratios)
    return Row(
        number="9",
        what=f"dispatch with {_PLUGINS} plugins installed ÷ with one (CPU per accepted event)",
        must="1.2",
        aim="1.05",
        seen=f"{ratio:.2f}",
        verdict=verdict((ratio, 1.2, 1.05)),
        detail=f"ratios {spread(ratios)}; µs with one – {_PLUGINS} – one: {'; '.join(seen)}",
    )


def _cost(bench: Bench, hub: Hub, seconds: float, prefix: str) -> float:
    """Return the microseconds of CPU time that accepting an event takes; other processes disturb that least."""
    before = cpu_seconds(hub.serve.pid)
    load = bench.load(hub.url, HELD, _CONNECTIONS, seconds, prefix=prefix)
    return (cpu_seconds(hub.serve.pid) - before) / events_of(load, seconds) * 1e6


def parser() -> argparse.ArgumentParser:
    """Return what the command takes."""
    taken = argparse.ArgumentParser(description=__doc__)
    taken.add_argument("--rounds", type=int, default=5)
    taken.add_argument("--seconds", type=float, default=3.0, help="of each load")
    return taken


def measure(given: argparse.Namespace) -> Iterator[Row]:
    """Measure as the command says."""
    yield run(given.seconds, given.rounds, say)


if __name__ == "__main__":
    show(parser(), measure)
