"""Row 9: what finding a source costs among twenty plugins, against finding it where it is alone."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator

from bench.accept import HELD, Bench
from bench.command import Tell, say, show
from bench.figures import Row, verdict
from bench.plugin import TOKEN

_PLUGINS = 20
_CONNECTIONS = 16


def run(seconds: float, times: int, tell: Tell) -> Row:
    """Load two hubs that run side by side, in turn; compare the time that one request takes."""
    many = {f"plugins.more{n}": {"use": "bench", "token": TOKEN} for n in range(_PLUGINS - 1)}
    ratios, seen = [], []
    with Bench.running() as bench, bench.hub() as (one, _), bench.hub(many) as (twenty, _):
        for number in range(times):
            first = bench.load(one, HELD, _CONNECTIONS, seconds, prefix=f"a{number}")
            second = bench.load(twenty, HELD, _CONNECTIONS, seconds, prefix=f"a{number}")
            again = bench.load(one, HELD, _CONNECTIONS, seconds, prefix=f"b{number}")
            ratios.append((first.per_second + again.per_second) / 2 / second.per_second)
            seen.append(f"{first.per_second:.0f} {second.per_second:.0f} {again.per_second:.0f}")
            tell(f"round {number + 1}: {ratios[-1]:.2f}")
    ratio = statistics.median(ratios)
    return Row(
        number="9",
        what=f"dispatch with {_PLUGINS} plugins installed ÷ with one (time per accepted event)",
        must="1.2",
        aim="1.05",
        seen=f"{ratio:.2f}",
        verdict=verdict((ratio, 1.2, 1.05)),
        detail=f"ratios {' '.join(f'{each:.2f}' for each in ratios)}; "
        f"per second, one – {_PLUGINS} – one: {'; '.join(seen)}",
    )


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
