"""Row 12: from the click on a button until the card has changed, as people in the chat see it."""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography.fernet import Fernet
from sqlalchemy import text

from bench.command import Tell, say, show
from bench.figures import Row, verdict
from bench.hubs import HEADERS, Hub, running, running_portal, scratch
from bench.plugin import PRESSED
from bench.portal import BOT_CODE, BOT_TOKEN, Portal
from faults.waiting import wait_until
from servers.process import free_port

_PERSON = 1
_WITHIN = 30.0
#: What the card is looked at for, in seconds; it is the error of a figure.
_LOOK_EVERY = 0.02


@dataclass(frozen=True)
class Way:
    """A way from the click to the hub.

    Attributes:
        bot: settings of ``[bot]``.
        cold: nobody has clicked and no card with buttons was sent for a while.
        must: seconds of the median; cold: of the slowest.
    """

    name: str
    bot: Mapping[str, str]
    must: float
    cold: bool = False


WAYS = (
    Way("fetched, warm", {"api": "v2"}, must=1.0),
    Way("fetched, cold", {"api": "v2"}, must=6.0, cold=True),
    Way("posted, v2", {"api": "v2", "events": "webhook"}, must=1.0),
    Way("posted, v1", {"api": "v1"}, must=1.0),
)
OWNERS = ("webhook", "application")


def run(clicks: int, tell: Tell) -> Row:
    """Measure every way with a bot of a webhook and one of an application, each on a fresh portal and hub."""
    lines = []
    worst = [0.0] * len(WAYS)
    for owner in OWNERS:
        for number, way in enumerate(WAYS):
            delays = _measure(owner, way, clicks)
            worst[number] = max(worst[number], _figure(way, delays))
            lines.append(f"{owner}, {way.name}: {_told(delays)}")
            tell(lines[-1])
    return Row(
        number="12",
        what=f"click → card changed, median (cold: slowest): {' / '.join(way.name for way in WAYS)}",
        must=" / ".join(f"{way.must:g}" for way in WAYS) + " s",
        aim="the same",
        seen=" / ".join(f"{figure:.2f}" for figure in worst) + " s",
        verdict=verdict(*((figure, way.must, way.must) for figure, way in zip(worst, WAYS, strict=True))),
        detail="\n".join(lines),
    )


def _measure(owner: str, way: Way, clicks: int) -> list[float]:
    with scratch("clicks") as folder, running_portal(folder) as portal:
        hub = _hub(folder, portal, owner, way)
        with running(hub):
            if owner == "application":
                portal.install(hub.url)
            return _delays(hub, portal, way, clicks)


def _hub(folder: Path, portal: Portal, owner: str, way: Way) -> Hub:
    port = free_port()
    bot: dict[str, Any] = {"code": BOT_CODE, "fallback": f"user:{_PERSON}", **way.bot}
    tables: dict[str, Mapping[str, Any]] = {"hub": {"public_url": f"http://127.0.0.1:{port}"}, "bot": bot}
    if owner == "application":
        tables["bitrix24"] = portal.application
    else:
        bot["token"] = BOT_TOKEN
    env = {"HUB_SECRET_KEY": Fernet.generate_key().decode()}
    return Hub(folder, portal.webhook_url, tables=tables, env=env, port=port)


def _delays(hub: Hub, portal: Portal, way: Way, clicks: int) -> list[float]:
    """Return seconds from each click to its changed card; the cards are there first."""
    told = [
        {"n": f"{n:03}", "to": f"user:{_PERSON}", "severity": "info", "button": "Press"}
        for n in range(clicks)
    ]
    httpx.post(f"{hub.url}/in/bench", json=told, headers=HEADERS).raise_for_status()
    wait_until(lambda: len(portal.cards(_PERSON)) == clicks, within=60, what=lambda: "all cards are shown")
    portal.limit()
    moments = random.Random(1)  # a click falls anywhere between two looks
    found = []
    for card in portal.cards(_PERSON):
        if way.cold:
            _cool(hub)
        time.sleep(moments.uniform(0, 5 if way.cold else 1))
        found.append(_click(portal, card["id"]))
    return found


def _click(portal: Portal, message: int) -> float:
    def changed() -> bool:
        return any(card["id"] == message and PRESSED in card["text"] for card in portal.cards(_PERSON))

    began = time.monotonic()
    portal.click(_PERSON, message)
    wait_until(changed, within=_WITHIN, every=_LOOK_EVERY, what=lambda: "the card has changed")
    return time.monotonic() - began


def _cool(hub: Hub) -> None:
    """Let the hub forget that a click is likely, as it does by itself after two minutes; one look may be due yet."""
    with hub.database.begin() as connection:
        connection.execute(text("DELETE FROM facts WHERE name = 'buttons-in-use'"))
    time.sleep(1)


def _figure(way: Way, delays: Sequence[float]) -> float:
    return max(delays) if way.cold else statistics.median(delays)


def _told(delays: Sequence[float]) -> str:
    return (
        f"median {statistics.median(delays):.2f}, {min(delays):.2f}–{max(delays):.2f} s, {len(delays)} clicks"
    )


def parser() -> argparse.ArgumentParser:
    """Return what the command takes."""
    taken = argparse.ArgumentParser(description=__doc__)
    taken.add_argument("--clicks", type=int, default=12, help="for each way")
    return taken


def measure(given: argparse.Namespace) -> Iterator[Row]:
    """Measure as the command says."""
    yield run(given.clicks, say)


if __name__ == "__main__":
    show(parser(), measure)
