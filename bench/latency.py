"""Rows 4 and 4b: from the hub's 200 until the message is visible, at a steady pace."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.alerts import TEAM, alert
from bench.command import Tell, say, show
from bench.distributed import Broker, Cluster, wires
from bench.figures import Row, percentile, verdict
from bench.hubs import HEADERS, Hub, running_portal, scratch
from bench.loader import Answer, paced
from bench.portal import Portal
from faults.waiting import wait_until

#: The hub's limits as far out of the way as they go.
UNLIMITED: Mapping[str, Any] = {"rate": 1000.0, "burst": 10000}
_DIALOGS = 20
_WARM = 50

_STAGES = """
    SELECT outbox.message_id, inbox.received_at, outbox.created_at FROM outbox
    JOIN notifications ON notifications.id = outbox.notification_id JOIN inbox ON inbox.id = notifications.origin
"""

#: Milliseconds.
_Delays = Sequence[float]


@dataclass(frozen=True)
class _Round:
    """The delays of one round."""

    delays: _Delays

    @property
    def p50(self) -> float:
        return percentile(self.delays, 50)

    @property
    def p99(self) -> float:
        return percentile(self.delays, 99)

    def __str__(self) -> str:
        p95, most = percentile(self.delays, 95), max(self.delays)
        return f"p50 {self.p50:.1f}, p95 {p95:.1f}, p99 {self.p99:.1f}, max {most:.1f} ms"


def routes(dialogs: Sequence[str]) -> list[dict[str, Any]]:
    """Return routes that give each dialog the alerts of a team of its own."""
    return [{"match": {"labels": {TEAM: f"t{n}"}}, "to": [dialog]} for n, dialog in enumerate(dialogs)]


def delays(url: str, portal: Portal, per_second: float, seconds: float) -> list[float]:
    """Return seconds from answer to message of each event, those of a short warm-up left out."""
    post(url, portal, [f"w{n:05}" for n in range(_WARM)], max(per_second, 20.0))
    events = [f"e{n:05}" for n in range(round(per_second * seconds))]
    answers = post(url, portal, events, per_second)
    stored: dict[str, float] = {}
    for shown in portal.shown():
        stored.setdefault(shown.event, shown.at)
    return [stored[event] - answer.answered for event, answer in zip(events, answers, strict=True)]


def post(url: str, portal: Portal, events: Sequence[str], per_second: float) -> list[Answer]:
    """Post alerts of all teams in turn and wait until all are visible."""
    bodies = [alert(event, f"t{n % _DIALOGS}") for n, event in enumerate(events)]
    answers = paced(f"{url}/in/alertmanager", HEADERS, bodies, per_second)
    refused = [answer.status for answer in answers if answer.status != 200]
    if refused:
        raise RuntimeError(f"{len(refused)} events were not taken: {refused[:5]}")
    wanted = set(events)
    wait_until(
        lambda: wanted <= {shown.event for shown in portal.shown()},
        within=60,
        every=0.5,
        what=lambda: f"all visible: {len(wanted - {shown.event for shown in portal.shown()})} are missing",
    )
    return answers


def run(per_second: float, seconds: float, rounds: int, tell: Tell) -> Row:
    """Measure a fresh embedded hub several times."""
    seen = _rounds("embedded", per_second, seconds, rounds, tell)
    p50, p99 = _middle(seen).p50, _middle(seen).p99
    return Row(
        number="4",
        what=f"accept → visible, embedded, {per_second:g} events/s for {seconds:g} s: p50 / p99",
        must="8 / 30 ms",
        aim="4 / 15 ms",
        seen=f"{p50:.1f} / {p99:.1f} ms",
        verdict=verdict((p50, 8, 4), (p99, 30, 15)),
        detail="\n".join(map(str, seen)),
    )


def run_distributed(per_second: float, seconds: float, rounds: int, tell: Tell) -> Row:
    """Measure a fresh ``hub serve`` and ``hub worker`` with each broker several times."""
    seen: dict[str, list[_Round]] = {}
    for broker in ("redis", "rabbitmq"):
        seen[broker] = _rounds(broker, per_second, seconds, rounds, tell)
    by_redis, by_rabbitmq = (_middle(each).p99 for each in seen.values())
    return Row(
        number="4b",
        what=f"the same by Redis / RabbitMQ and hub worker, {per_second:g} events/s for {seconds:g} s: p99",
        must="100 / 30 ms",
        aim="50 / 15 ms",
        seen=f"{by_redis:.1f} / {by_rabbitmq:.1f} ms",
        verdict=verdict((by_redis, 100, 50), (by_rabbitmq, 30, 15)),
        detail="\n".join(f"{broker}: {each}" for broker, rounds in seen.items() for each in rounds),
    )


def _rounds(broker: Broker, per_second: float, seconds: float, rounds: int, tell: Tell) -> list[_Round]:
    found = []
    for _ in range(rounds):
        with wires(broker) as wired, scratch("latency") as folder, running_portal(folder) as portal:
            tables = {"routes": routes(portal.dialogs(_DIALOGS))}
            with Cluster(
                broker, wired, folder, portal.webhook_url, limits=UNLIMITED, tables=tables
            ) as cluster:
                cluster.worker()
                time.sleep(1)  # what a start leaves to do is not measured
                seen = _Round([1000 * each for each in delays(cluster.url, portal, per_second, seconds)])
                planned, shown = _stages(cluster.hub, portal)
        found.append(seen)
        tell(f"{broker}: {seen}; received → planned {_Round(planned)}; planned → visible {_Round(shown)}")
    return found


def _stages(hub: Hub, portal: Portal) -> tuple[_Delays, _Delays]:
    """Return how long events took from the request to the row that waits for the sender, and from there on."""
    stored = {str(shown.message_id): shown.at for shown in portal.shown()}
    rows = [row for row in hub.rows(_STAGES) if row[0] in stored]
    planned = [(created - received) / 1000 for _, received, created in rows]
    shown = [1000 * stored[message] - created / 1000 for message, _, created in rows]
    return planned, shown


def _middle(rounds: list[_Round]) -> _Round:
    return sorted(rounds, key=lambda each: each.p99)[len(rounds) // 2]


def parser() -> argparse.ArgumentParser:
    """Return what the command takes."""
    taken = argparse.ArgumentParser(description=__doc__)
    taken.add_argument("rows", nargs="*", help="4, 4b; without any: both")
    taken.add_argument("--rate", type=float, help="events per second; else 100, and 5 in row 4b")
    taken.add_argument("--seconds", type=float, help="else 20, and 40 in row 4b")
    taken.add_argument("--rounds", type=int, default=3)
    return taken


def measure(given: argparse.Namespace) -> Iterator[Row]:
    """Measure as the command says."""
    for row in given.rows or ["4", "4b"]:
        if row == "4":
            yield run(given.rate or 100.0, given.seconds or 20.0, given.rounds, say)
        else:
            yield run_distributed(given.rate or 5.0, given.seconds or 40.0, given.rounds, say)


if __name__ == "__main__":
    show(parser(), measure)
