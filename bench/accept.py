"""Rows 1, 1b and 1c: the real endpoint against a bare one, as many requests as 64 connections carry.

The endpoint checks the token, the size, the JSON and the key and answers after the commit. The plugin is the real
Alertmanager plugin, held in ``startup`` so that its events wait: what is measured is accepting. How much is left
of it while the same process also does all the other work is told beside it.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bench.command import Tell, say, show
from bench.disk import Disk
from bench.figures import Row, spread, verdict
from bench.hubs import Hub, running, running_portal, scratch
from bench.portal import Portal
from bench.processes import cpu_seconds
from bench.wrk import Load, post
from faults.program import Program
from servers import postgres

#: What +2 ms means.
SLOWER = 0.002
#: Seconds of load before a hub is measured.
_WARMING = 1.0
#: The plugin whose events wait, and the one whose events are told.
HELD, TOLD = "held", "alertmanager"


@dataclass(frozen=True, kw_only=True)
class Rounds:
    """What was seen in turn: the bare endpoint, then the hub's."""

    bare: list[Load] = field(default_factory=list)
    hub: list[Load] = field(default_factory=list)
    fsyncs: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def ratios(self) -> list[float]:
        """Requests per second of the hub's ÷ the mean of the bare rounds before and after it."""
        pairs = zip(self.bare, self.bare[1:], self.hub, strict=False)
        return [hub.per_second / ((one.per_second + other.per_second) / 2) for one, other, hub in pairs]

    @property
    def ratio(self) -> float:
        """The median."""
        return statistics.median(self.ratios)

    def __str__(self) -> str:
        bare = " ".join(f"{load.per_second:.0f}" for load in self.bare)
        hub = " ".join(f"{load.per_second:.0f}" for load in self.hub)
        ratios = " ".join(f"{each:.2f}" for each in self.ratios)
        return (
            f"bare {bare}/s; hub {hub}/s; ratios {ratios}; fsyncs per event {spread(self.fsyncs)}; "
            f"CPU of the hub's process per event {spread(self.cpu)} µs"
        )


class Bench:
    """A bare endpoint, a portal, and hubs of which each round has a new one; use it as a context."""

    def __init__(self, stack: ExitStack, *, slower: float = 0.0, postgresql: bool = False) -> None:
        self._folders = count()
        self._root = stack.enter_context(scratch("accept"))
        self._root.chmod(0o755)
        self.disk = Disk(self._root, slower=slower)
        self.portal: Portal = stack.enter_context(running_portal(self._root))
        self._server = (
            stack.enter_context(postgres.serving({**os.environ, **self.disk.env})) if postgresql else None
        )
        self._bare = Program("bench.bare", folder=self._root, name="bare", ready=r"Listening on (\S+)")
        up = self._bare.start()
        stack.callback(self._bare.kill)
        assert up is not None
        self.bare_url: str = up.group(1)

    @classmethod
    @contextmanager
    def running(cls, **how: Any) -> Iterator[Bench]:
        """Run everything while the block does."""
        with ExitStack() as stack:
            yield cls(stack, **how)

    @contextmanager
    def hub(self, tables: Mapping[str, Any] | None = None) -> Iterator[tuple[str, Hub]]:
        """Run a new hub with an empty database."""
        with ExitStack() as stack:
            folder = self._root / str(next(self._folders))
            folder.mkdir()
            given: dict[str, Any] = dict(tables or {})
            if self._server is not None:
                name = f"bench_{folder.name}"
                given["hub"] = {
                    "database_url": stack.enter_context(postgres.empty_database(self._server, name))
                }
            hub = Hub(folder, self.portal.webhook_url, tables=given, env=self.disk.env)
            if self._server is not None:
                hub.run("db", "upgrade")
            yield stack.enter_context(running(hub)), hub

    def load_bare(self, connections: int, seconds: float) -> Load:
        """Load the bare endpoint."""
        return _sound(post(f"{self.bare_url}/", self._root, connections=connections, seconds=seconds))

    def load(self, url: str, instance: str, connections: int, seconds: float, *, prefix: str = "") -> Load:
        """Load an endpoint of a hub, after warming up; a hub has not seen *prefix* yet."""
        target = f"{url}/in/{instance}"
        post(target, self._root, connections=connections, seconds=_WARMING, prefix=f"w{prefix}")
        return _sound(post(target, self._root, connections=connections, seconds=seconds, prefix=prefix))


def rounds(
    bench: Bench, instance: str, *, connections: int, seconds: float, times: int, tell: Tell
) -> Rounds:
    """Load both endpoints in turn."""
    seen = Rounds()
    bench.load_bare(connections, 1)
    seen.bare.append(bench.load_bare(connections, seconds))
    for number in range(times):
        with bench.hub() as (url, hub):
            before, cpu = bench.disk.fsyncs, cpu_seconds(hub.serve.pid)
            load = bench.load(url, instance, connections, seconds)
            seen.hub.append(load)
            events = events_of(load, seconds)
            seen.fsyncs.append((bench.disk.fsyncs - before) / events)
            seen.cpu.append((cpu_seconds(hub.serve.pid) - cpu) / events * 1e6)
        seen.bare.append(bench.load_bare(connections, seconds))
        tell(f"round {number + 1}: {seen.ratios[-1]:.2f}")
    if not any(seen.fsyncs):
        raise RuntimeError(
            "no fsync was counted: the hub does not make its commits durable, or the shim fails"
        )
    return seen


def _measure(
    *, postgresql: bool, slower: float, seconds: float, times: int, tell: Tell
) -> tuple[Rounds, Rounds]:
    """Return the rounds with events that wait, and with events that are told at the same time."""
    name = f"{'PostgreSQL' if postgresql else 'SQLite'}{f', +{1000 * slower:g} ms fsync' if slower else ''}"
    with Bench.running(slower=slower, postgresql=postgresql) as bench:
        tell(f"{name}: accepting alone")
        alone = rounds(bench, HELD, connections=64, seconds=seconds, times=times, tell=tell)
        tell(f"{name}: accepting while the same process tells")
        busy = rounds(bench, TOLD, connections=64, seconds=seconds, times=max(1, times // 2), tell=tell)
    return alone, busy


def row(number: str, postgresql: bool, seconds: float, times: int, tell: Tell) -> Row:
    """Measure rows 1 and 1b."""
    alone, busy = _measure(postgresql=postgresql, slower=0.0, seconds=seconds, times=times, tell=tell)
    return Row(
        number=number,
        what=f"/in/… ÷ bare, {'PostgreSQL' if postgresql else 'SQLite'}, 64 connections",
        must="0.35",
        aim="0.50" if postgresql else "0.55",
        seen=f"{alone.ratio:.2f}",
        verdict=verdict((alone.ratio, 0.35, 0.50 if postgresql else 0.55), most=False),
        detail=f"{alone}\nwhile telling, too: {busy.ratio:.2f}; {busy}",
    )


def row1c(seconds: float, times: int, tell: Tell) -> Row:
    """Measure row 1c."""
    lite, busy_lite = _measure(postgresql=False, slower=SLOWER, seconds=seconds, times=times, tell=tell)
    post, busy_post = _measure(postgresql=True, slower=SLOWER, seconds=seconds, times=times, tell=tell)
    return Row(
        number="1c",
        what="both with +2 ms fsync: SQLite / PostgreSQL",
        must="0.32",
        aim="0.50",
        seen=f"{lite.ratio:.2f} / {post.ratio:.2f}",
        verdict=verdict((lite.ratio, 0.32, 0.50), (post.ratio, 0.32, 0.50), most=False),
        detail=f"SQLite: {lite}\nPostgreSQL: {post}\n"
        f"while telling, too: {busy_lite.ratio:.2f} / {busy_post.ratio:.2f}; {busy_lite}; {busy_post}",
    )


def events_of(load: Load, seconds: float) -> float:
    """Return how many events there were with those of warming up, in proportion."""
    return load.answered * (seconds + _WARMING) / seconds


def _sound(load: Load) -> Load:
    if load.refused or load.broken:
        raise RuntimeError(f"{load.refused} requests were refused, {load.broken} broke: {load}")
    return load


def parser() -> argparse.ArgumentParser:
    """Return what the command takes."""
    taken = argparse.ArgumentParser(description=__doc__)
    taken.add_argument("rows", nargs="*", help="1, 1b, 1c; without any: all")
    taken.add_argument("--rounds", type=int, default=5)
    taken.add_argument("--seconds", type=float, default=4.0, help="of each load")
    return taken


def measure(given: argparse.Namespace) -> Iterator[Row]:
    """Measure as the command says."""
    for number in given.rows or ["1", "1b", "1c"]:
        if number == "1c":
            yield row1c(given.seconds, given.rounds, say)
        else:
            yield row(number, number == "1b", given.seconds, given.rounds, say)


if __name__ == "__main__":
    show(parser(), measure)
