"""Row 4: from the hub's 200 until the message is visible, embedded, at a steady pace."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from typing import Any

from faults.waiting import wait_until

from bench.alerts import TEAM, alert
from bench.figures import Row, percentile, verdict
from bench.hubs import HEADERS, Hub, running, running_portal, scratch
from bench.loader import Answer, paced
from bench.portal import Portal

#: The hub's limits as far out of the way as they go.
UNLIMITED: Mapping[str, Any] = {"rate": 1000.0, "burst": 10000}
_DIALOGS = 20
_WARM = 50


def routes(dialogs: Sequence[str]) -> list[dict[str, Any]]:
    """Return routes that give each dialog the alerts of a team of its own."""
    return [{"match": {"labels": {TEAM: f"t{n}"}}, "to": [dialog]} for n, dialog in enumerate(dialogs)]


def measure(url: str, portal: Portal, per_second: float, seconds: float) -> list[float]:
    """Return seconds from answer to message of each event, those of a short warm-up left out."""
    post(url, portal, [f"w{n:05}" for n in range(_WARM)], per_second)
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


def run(per_second: float, seconds: float, rounds: int) -> Row:
    """Measure a fresh hub *rounds* times."""
    seen = []
    for _ in range(rounds):
        with scratch("latency") as folder, running_portal(folder) as portal:
            tables = {"routes": routes(portal.dialogs(_DIALOGS))}
            with running(Hub(folder, portal.webhook_url, limits=UNLIMITED, tables=tables)) as url:
                time.sleep(1)  # what a start leaves to do is not measured
                ms = [1000 * each for each in measure(url, portal, per_second, seconds)]
        seen.append(tuple(percentile(ms, part) for part in (50, 95, 99, 100)))
    p50, _, p99, _ = sorted(seen, key=lambda each: each[2])[len(seen) // 2]
    return Row(
        number="4",
        what=f"accept → visible, embedded, {per_second:g} events/s for {seconds:g} s: p50 / p99",
        must="8 / 30 ms",
        aim="4 / 15 ms",
        seen=f"{p50:.1f} / {p99:.1f} ms",
        verdict=verdict((p50, 8, 4), (p99, 30, 15)),
        detail="\n".join("p50 {:.1f}, p95 {:.1f}, p99 {:.1f}, max {:.1f} ms".format(*each) for each in seen),
    )


def main() -> None:
    """Print the row."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=100.0, help="events per second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    print(run(given.rate, given.seconds, given.rounds))


if __name__ == "__main__":
    main()
