"""Row 11: what a million events of history change: accepting, draining, lists and ``hub trace``."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Iterator, Sequence

from bench.accept import HELD, Bench
from bench.command import Tell, say, show
from bench.drain import drain, waiting
from bench.figures import Row, spread, verdict
from bench.filling import fill
from bench.hubs import Hub, Tables, scratch
from bench.latency import UNLIMITED

_LISTS: Sequence[Sequence[str]] = (
    ("events", "list"),
    ("events", "list", "--state", "processed"),
    ("deliveries", "list"),
    ("deliveries", "list", "--state", "sent"),
    ("deliveries", "list", "--state", "pending"),
)
#: What the hub's goal allows beyond an empty database: seconds, of a list and of a trace.
_LIST, _TRACE = 0.3, 0.2


def run(events: int, drained: int, seconds: float, times: int, tell: Tell) -> Row:
    """Compare a hub with a long history to one with none, in turn."""
    with scratch("history") as folder:
        short, full = ({"hub": {"database_url": f"sqlite:///{file}"}} for file in fill(folder, events, tell))
        commands = _commands(short, full, times, tell)
        accepting = _accepting(full, seconds, times, tell)
        fast, real = _draining(full, drained, tell)
    listing = max(commands[" ".join(each)] for each in _LISTS)
    tracing = commands["trace"]
    accept_ratio = statistics.median(accepting)
    slower = max(1 - accept_ratio, real[1] / real[0] - 1)
    shown = "; ".join(f"{name} {1000 * extra:+.0f} ms" for name, extra in commands.items())
    return Row(
        number="11",
        what=f"{events} events of history against none: accepting and draining / lists / hub trace",
        must="within 10 %, 300 ms, 200 ms",
        aim="within 3 %",
        seen=f"{100 * slower:+.0f} %, {1000 * listing:+.0f} ms, {1000 * tracing:+.0f} ms",
        verdict=verdict((slower, 0.10, 0.03), (listing, _LIST, _LIST), (tracing, _TRACE, _TRACE)),
        detail=f"accepting, full ÷ empty: {spread(accepting)}\n"
        f"{drained} drained, empty and full: within the limits {real[0]:.1f} and {real[1]:.1f} s, "
        f"without any {fast[0]:.1f} and {fast[1]:.1f} s\n"
        f"commands, beyond what they take on a nearly empty database: {shown}",
    )


def _accepting(full: Tables, seconds: float, times: int, tell: Tell) -> list[float]:
    ratios = []
    with Bench.running() as bench:
        for number in range(times):
            per_second = []
            for tables in ({}, full, {}):
                with bench.hub(tables) as (url, _):
                    load = bench.load(url, HELD, 64, seconds, prefix=f"r{number}")
                    per_second.append(load.per_second)
            ratios.append(per_second[1] / ((per_second[0] + per_second[2]) / 2))
            tell(f"accepting {number + 1}: {' '.join(f'{each:.0f}' for each in per_second)}/s")
    return ratios


def _draining(full: Tables, count: int, tell: Tell) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the seconds with an empty and a full database, without the portal's limits and with them."""
    found: list[tuple[float, float]] = []
    for prefix, limits in (("fast", UNLIMITED), ("real", None)):
        took = []
        for tables in ({}, full):
            with waiting(count, 200, tell, limits=limits, tables=tables, prefix=prefix) as (portal, hub, _):
                if limits is None:
                    portal.limit()
                took.append(drain(portal, hub, count, tell, lambda url: None).seconds)
        found.append((took[0], took[1]))
    return found[0], found[1]


def _commands(short: Tables, full: Tables, times: int, tell: Tell) -> dict[str, float]:
    """Return by how much longer commands take with a full database than with a nearly empty one."""
    nowhere = "http://127.0.0.1:1/rest/1/x/"
    with scratch("commands") as one, scratch("commands") as other:
        empty, long = Hub(one, nowhere, tables=short), Hub(other, nowhere, tables=full)
        id = json.loads(long.run("events", "list", "--json"))[0]["id"]
        found = {}
        for command in (*_LISTS, ("trace", id)):
            pairs = [(_took(long, *command), _took(empty, *command)) for _ in range(times)]
            # whatever else the machine does only adds to it
            extra = min(each for each, _ in pairs) - min(each for _, each in pairs)
            found["trace" if command[0] == "trace" else " ".join(command)] = extra
    tell(", ".join(f"{name} {1000 * extra:+.0f} ms" for name, extra in found.items()))
    return found


def _took(hub: Hub, *command: str) -> float:
    began = time.monotonic()
    hub.run(*command)
    return time.monotonic() - began


def parser() -> argparse.ArgumentParser:
    """Return what the command takes."""
    taken = argparse.ArgumentParser(description=__doc__)
    taken.add_argument("--events", type=int, default=1_000_000, help="of history")
    taken.add_argument("--drained", type=int, default=10_000)
    taken.add_argument("--rounds", type=int, default=5)
    taken.add_argument("--seconds", type=float, default=3.0, help="of each load")
    return taken


def measure(given: argparse.Namespace) -> Iterator[Row]:
    """Measure as the command says."""
    yield run(given.events, given.drained, given.seconds, given.rounds, say)


if __name__ == "__main__":
    show(parser(), measure)
