"""Row 10: what an idle hub needs, how long it takes to start, and what ``hub --version`` costs."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import httpx

from bench.command import Tell, say, show
from bench.figures import Row, spread, verdict
from bench.hubs import Hub, running_portal, scratch
from bench.processes import cpu_seconds, resident_mb
from faults.waiting import wait_until

_IDLE = 10.0


def run(times: int, tell: Tell) -> Row:
    """Start a hub several times and look at it after it has been idle."""
    starts, resident, busy = [], [], []
    with scratch("idle") as folder, running_portal(folder) as portal:
        hub = Hub(folder, portal.webhook_url)
        for number in range(times):
            starts.append(_start(hub))
            before = cpu_seconds(hub.serve.pid)
            time.sleep(_IDLE)
            resident.append(resident_mb(hub.serve.pid))
            busy.append((cpu_seconds(hub.serve.pid) - before) / _IDLE)
            hub.stop()
            tell(f"start {number + 1}: {starts[-1]:.2f} s, {resident[-1]:.0f} MB")
    version = [_cpu_of(["-m", "hub", "--version"]) for _ in range(max(5, times))]
    mb, start, cpu = (statistics.median(each) for each in (resident, starts, version))
    return Row(
        number="10",
        what="embedded: idle RSS, cold start to /health/ready; CPU of hub --version",
        must="120 MB, 3 s, 0.25 s",
        aim="90 MB, 1.5 s, 0.12 s",
        seen=f"{mb:.0f} MB, {start:.2f} s, {cpu:.2f} s",
        verdict=verdict((mb, 120, 90), (start, 3, 1.5), (cpu, 0.25, 0.12)),
        detail=f"starts {spread(starts)} s, the first creates the database; RSS {spread(resident)} MB; "
        f"idle CPU {spread([100 * each for each in busy])} %; --version {spread(version)} s",
    )


def _start(hub: Hub) -> float:
    """Return the seconds until it is ready."""
    began = time.monotonic()
    hub.serve.start(wait=False)
    url = hub.url
    wait_until(_ready(url), within=30, every=0.01, what="the hub is ready")
    return time.monotonic() - began


def _ready(url: str) -> Callable[[], bool]:
    def ready() -> bool:
        try:
            return httpx.get(f"{url}/health/ready").status_code == 200
        except httpx.TransportError:
            return False

    return ready


def _cpu_of(arguments: list[str]) -> float:
    before = os.times()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def parser() -> argparse.ArgumentParser:
    """Return what the command takes."""
    taken = argparse.ArgumentParser(description=__doc__)
    taken.add_argument("--rounds", type=int, default=3)
    return taken


def measure(given: argparse.Namespace) -> Iterator[Row]:
    """Measure as the command says."""
    yield run(given.rounds, say)


if __name__ == "__main__":
    show(parser(), measure)
