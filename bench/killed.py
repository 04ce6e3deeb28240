"""Row 7: how long the work of a killed worker lies idle.

Two deaths: while a plugin's ``parse`` runs, with claims of accepted events; and while a request to the portal is
in flight, with claims of messages and the sender's lease. Time runs from kill -9 until everything is visible.
With a broker another worker is there already; embedded, the hub is started again at once.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.command import Tell, say, show
from bench.distributed import NAMES, Broker, Cluster, wires
from bench.figures import Row, verdict
from bench.hubs import HEADERS, running_portal, scratch
from bench.latency import UNLIMITED
from bench.loader import flood
from bench.plugin import TOKEN
from bench.portal import Portal
from faults.waiting import wait_until

_PATIENCE = 120.0
_EVENTS = 20
_GATED = "gated"
_PROCESSING = "SELECT count(*) FROM inbox WHERE state = 'new' AND claim IS NOT NULL AND instance = 'gated'"
_SENDING = "SELECT count(*) FROM outbox WHERE state = 'sending'"


@contextmanager
def _cluster(broker: Broker, wired: Mapping[str, str]) -> Iterator[tuple[Portal, Cluster, Path]]:
    with scratch("killed") as folder, running_portal(folder) as portal:
        portal.dialogs(0)
        gate = folder / "gate"
        tables = {f"plugins.{_GATED}": {"use": "bench", "token": TOKEN, "gate": str(gate)}}
        with Cluster(broker, wired, folder, portal.webhook_url, limits=UNLIMITED, tables=tables) as cluster:
            yield portal, cluster, gate


def while_processing(broker: Broker, wired: Mapping[str, str]) -> float:
    """Kill a worker in the middle of ``parse``."""
    with _cluster(broker, wired) as (portal, cluster, gate):
        victim = cluster.worker()
        gate.touch()
        flood(f"{cluster.url}/in/{_GATED}", HEADERS, [_events()], connections=1)
        wait_until(lambda: cluster.hub.count(_PROCESSING), within=30, what="the worker has claimed events")
        if not cluster.is_embedded:
            cluster.worker()
        victim.kill()
        killed = time.monotonic()
        gate.unlink()
        return _until_visible(portal, cluster, killed)


def while_sending(broker: Broker, wired: Mapping[str, str]) -> float:
    """Kill a worker in the middle of a request to the portal."""
    with _cluster(broker, wired) as (portal, cluster, _):
        victim = cluster.worker()
        flood(
            f"{cluster.url}/in/bench", HEADERS, [_events("first")], connections=1
        )  # the bot is known from now
        wait_until(lambda: len(portal.shown()) >= 1, within=60, every=0.1, what="a first message")
        wait_until(lambda: not cluster.hub.count(_SENDING), within=30, what="nothing is in flight")
        portal.suffer({"kind": "slow", "seconds": 300})
        flood(f"{cluster.url}/in/bench", HEADERS, [_events()], connections=1)
        wait_until(lambda: cluster.hub.count(_SENDING), within=30, what="the worker sends")
        if not cluster.is_embedded:
            cluster.worker()
        victim.kill()
        killed = time.monotonic()
        portal.suffer()
        return _until_visible(portal, cluster, killed)


def _until_visible(portal: Portal, cluster: Cluster, killed: float) -> float:
    if cluster.is_embedded:
        cluster.hub.serve.start()
    wanted = {f"k{n}" for n in range(_EVENTS)}
    wait_until(
        lambda: wanted <= {shown.event for shown in portal.shown()},
        within=_PATIENCE,
        every=0.05,
        what="the killed worker's work is done",
    )
    return time.monotonic() - killed


def _events(only: str = "") -> bytes:
    names = [only] if only else [f"k{n}" for n in range(_EVENTS)]
    return json.dumps([{"n": name, "to": "user:1", "severity": "info"} for name in names]).encode()


def run(brokers: Sequence[Broker], times: int, tell: Tell) -> Row:
    """Kill workers with each broker."""
    seen: dict[str, tuple[list[float], list[float]]] = {}
    for broker in brokers:
        processing, sending = seen.setdefault(NAMES[broker], ([], []))
        for _ in range(times):
            with wires(broker) as wired:
                processing.append(while_processing(broker, wired))
            with wires(broker) as wired:
                sending.append(while_sending(broker, wired))
            tell(f"{NAMES[broker]}: processing {processing[-1]:.1f} s, sending {sending[-1]:.1f} s")
    worst = {name: max(processing + sending) for name, (processing, sending) in seen.items()}
    return Row(
        number="7",
        what="killed worker's work runs again, the slowest: " + " / ".join(worst),
        must="15 s",
        aim="5 s",
        seen=" / ".join(f"{each:.1f} s" for each in worst.values()),
        verdict=verdict(*((each, 15, 5) for each in worst.values())),
        detail="\n".join(
            f"{name}: killed while processing {_seconds(processing)}, while sending {_seconds(sending)}"
            for name, (processing, sending) in seen.items()
        ),
    )


def _seconds(values: Sequence[float]) -> str:
    return " ".join(f"{each:.1f}" for each in values) + " s"


def parser() -> argparse.ArgumentParser:
    """Return what the command takes."""
    taken = argparse.ArgumentParser(description=__doc__)
    taken.add_argument("brokers", nargs="*", help="embedded, redis, rabbitmq; without any: all")
    taken.add_argument("--rounds", type=int, default=2)
    return taken


def measure(given: argparse.Namespace) -> Iterator[Row]:
    """Measure as the command says."""
    yield run([each for each in NAMES if each in (given.brokers or NAMES)], given.rounds, say)


if __name__ == "__main__":
    show(parser(), measure)
