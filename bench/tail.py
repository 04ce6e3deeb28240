"""Row 3: how long the slowest answers take, in peace, while the portal hangs, and while a plugin sleeps."""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterator, Sequence

from bench.accept import HELD, Bench
from bench.command import Tell, say, show
from bench.figures import Row, verdict
from bench.hubs import HEADERS
from bench.loader import flood
from bench.plugin import TOKEN
from bench.wrk import Load

_CONNECTIONS = 16
_SLEEPER = "sleeper"
#: Seconds that the portal lets each request wait, and that the sleeping plugin takes for each event.
_HANGING = 30.0
_SLEEPING = 20.0
_EVENTS = 200


def run(seconds: float, times: int, tell: Tell) -> Row:
    """Load the bare endpoint and three hubs in turn."""
    bare: list[Load] = []
    calm: list[Load] = []
    troubled: list[Load] = []
    with Bench.running() as bench:
        bare.append(bench.load_bare(_CONNECTIONS, seconds))
        for number in range(times):
            bench.portal.suffer()
            with bench.hub() as (url, _):
                calm.append(bench.load(url, HELD, _CONNECTIONS, seconds))
            bare.append(bench.load_bare(_CONNECTIONS, seconds))
            bench.portal.suffer({"kind": "slow", "seconds": _HANGING})
            sleeper = {f"plugins.{_SLEEPER}": {"use": "bench", "token": TOKEN, "sleep": _SLEEPING}}
            with bench.hub(sleeper) as (url, _):
                for instance in ("bench", _SLEEPER):
                    flood(f"{url}/in/{instance}", HEADERS, [_events()], connections=1)
                troubled.append(bench.load(url, HELD, _CONNECTIONS, seconds))
            bare.append(bench.load_bare(_CONNECTIONS, seconds))
            tell(
                f"round {number + 1}: {_ms(bare[-1:])} bare, {_ms(calm[-1:])} in peace, {_ms(troubled[-1:])} in trouble"
            )
    of_bare = statistics.median(load.p99 for load in bare)
    ratios = [statistics.median(load.p99 for load in loads) / of_bare for loads in (calm, troubled)]
    return Row(
        number="3",
        what="accept p99 ÷ bare p99, 16 connections: in peace / while the portal hangs and one plugin sleeps",
        must="3",
        aim="2",
        seen=" / ".join(f"{ratio:.1f}" for ratio in ratios),
        verdict=verdict(*((ratio, 3, 2) for ratio in ratios)),
        detail=f"p99 bare {_ms(bare)}; in peace {_ms(calm)}; in trouble {_ms(troubled)}",
    )


def _events() -> bytes:
    told = [{"n": f"s{n:04}", "to": f"user:{1 if n % 2 else 17}", "severity": "info"} for n in range(_EVENTS)]
    return json.dumps(told).encode()


def _ms(loads: Sequence[Load]) -> str:
    return " ".join(f"{1000 * load.p99:.1f}" for load in loads) + " ms"


def parser() -> argparse.ArgumentParser:
    """Return what the command takes."""
    taken = argparse.ArgumentParser(description=__doc__)
    taken.add_argument("--rounds", type=int, default=5)
    taken.add_argument("--seconds", type=float, default=4.0, help="of each load")
    return taken


def measure(given: argparse.Namespace) -> Iterator[Row]:
    """Measure as the command says."""
    yield run(given.seconds, given.rounds, say)


if __name__ == "__main__":
    show(parser(), measure)
