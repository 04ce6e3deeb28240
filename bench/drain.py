"""Rows 5, 5b and 6: 10,000 messages that wait while the portal is down, drained within its real limits."""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.command import Tell, say, show
from bench.figures import Row, percentile, verdict
from bench.hubs import HEADERS, Hub, Tables, running_portal, scratch
from bench.loader import flood, paced
from bench.portal import BURST, RATE, Portal, Shown, moment, twice
from faults.waiting import wait_until

_PER_BATCH = 50
_PER_REQUEST = 50
#: Seconds without a new message after which a drain is given up.
_STUCK = 60.0
#: Seconds without a request after which a hub has come to rest, and what does not count.
_QUIET = 4.0
_LOOKS_FOR_CLICKS = ("imbot.v2.Event.get",)


@dataclass(frozen=True)
class Event:
    """One event of the bench's own plugin."""

    n: str
    to: str
    severity: str = "info"

    @property
    def body(self) -> dict[str, str]:
        """What the plugin takes."""
        return {"n": self.n, "to": self.to, "severity": self.severity}


@dataclass(frozen=True)
class Drained:
    """What the portal saw: messages in the order they were stored, and refused requests."""

    shown: Sequence[Shown]
    refused: int
    statuses: Mapping[str, int]
    began: float

    @property
    def seconds(self) -> float:
        """From the first request of the hub, which found everything waiting at its start, to the last message."""
        return self.shown[-1].at - self.began

    def soundness(self, events: Sequence[Event]) -> tuple[str, bool]:
        """Tell what is wrong apart from time: refusals, doubles, what is missing, disorder."""
        missing = len({event.n for event in events} - {shown.event for shown in self.shown})
        disorder = out_of_order(events, self.shown)
        doubled = twice(self.shown)
        text = f"{self.refused} × 503, {doubled} twice, {missing} missing, {disorder} out of order"
        return text, not (missing or disorder or doubled or self.refused)


def out_of_order(events: Iterable[Event], shown: Iterable[Shown]) -> int:
    """Count messages that stand behind one of the same dialog and severity that was accepted later."""
    accepted = {event.n: (place, event) for place, event in enumerate(events)}
    newest: dict[tuple[str, str], int] = {}
    count = 0
    seen: set[str] = set()
    for each in shown:
        if each.event in seen or each.event not in accepted:
            continue
        seen.add(each.event)
        place, event = accepted[each.event]
        lane = (event.to, event.severity)
        if place < newest.get(lane, -1):
            count += 1
        newest[lane] = max(place, newest.get(lane, -1))
    return count


@contextmanager
def waiting(
    count: int,
    dialogs: int,
    tell: Tell,
    *,
    limits: Mapping[str, Any] | None = None,
    tables: Tables | None = None,
    prefix: str = "",
) -> Iterator[tuple[Portal, Hub, list[Event]]]:
    """Let *count* events become messages that wait while the portal is down, then stop the hub."""
    with scratch("drain") as folder, running_portal(folder) as portal:
        places = portal.dialogs(dialogs)
        hub = Hub(folder, portal.webhook_url, limits=limits, tables=tables)
        events = [Event(f"{prefix}{n:05}", places[n % dialogs]) for n in range(count)]
        try:
            url = hub.start()
            _wait_until_at_home(portal)
            portal.suffer({"kind": "down"})
            began = time.monotonic()
            bodies = [
                json.dumps([event.body for event in events[first : first + _PER_REQUEST]]).encode()
                for first in range(0, count, _PER_REQUEST)
            ]
            answers = flood(f"{url}/in/bench", HEADERS, bodies, connections=1)  # in order
            if refused := Counter(answer.status for answer in answers if answer.status != 200):
                raise RuntimeError(f"the hub did not take all events: {dict(refused)}")
            _wait_until_planned(hub, count)
            hub.stop()
            tell(f"{count} messages wait after {time.monotonic() - began:.1f} s")
            portal.suffer()
            yield portal, hub, events
        finally:
            hub.serve.kill()


def drain(portal: Portal, hub: Hub, count: int, tell: Tell, meanwhile: Callable[[str], object]) -> Drained:
    """Start the hub and wait until *count* messages, and what *meanwhile* adds, are visible."""
    before = portal.last_request()
    url = hub.start()
    up = time.time()
    with ThreadPoolExecutor(1) as pool:
        more = pool.submit(meanwhile, url)
        seen, since, told = 0, time.monotonic(), time.monotonic()
        while seen < count or not more.done():
            time.sleep(0.5)
            if more.done():
                more.result()  # raises what went wrong there
            now, shown = time.monotonic(), len(portal.sent())
            if shown > seen:
                seen, since = shown, now
            if now - told > 10:
                told = now
                tell(f"{time.time() - up:.0f} s: {seen} visible")
            if now - since > _STUCK:
                tell(f"nothing new for {_STUCK:.0f} s")
                break
        more.result(timeout=_STUCK)
    time.sleep(2)  # something shown twice would come now
    requests = portal.requests(before)
    statuses = Counter(f"{call['method']} {call['status']}" for call in requests)
    refused = sum(call["error"] == "QUERY_LIMIT_EXCEEDED" for call in requests)
    return Drained(portal.shown(), refused, statuses, min(moment(call) for call in requests))


def row5(count: int, dialogs: int, tell: Tell) -> Row:
    """Drain at an instant portal."""
    with waiting(count, dialogs, tell) as (portal, hub, events):
        portal.limit()
        seen = drain(portal, hub, count, tell, lambda url: None)
    least = max(0.0, (count / _PER_BATCH - BURST) / RATE)
    sound, right = seen.soundness(events)
    return Row(
        number="5",
        what=f"drain {count} in {dialogs} dialogs at {RATE:g}/s + {BURST} (theory {least:.1f} s)",
        must="85 s, 0 × 503, 0 twice, in order",
        aim="82 s",
        seen=f"{seen.seconds:.1f} s, {sound}",
        verdict=verdict((seen.seconds, 85, 82)) if right else "falls short",
        detail=_pace(seen),
    )


def row5b(count: int, dialogs: int, streams: int, seconds: float, tell: Tell) -> Row:
    """Drain at a portal that takes its time over each command."""
    with waiting(count, dialogs, tell) as (portal, hub, events):
        portal.limit(seconds)
        seen = drain(portal, hub, count, tell, lambda url: None)
    by_bucket = max(0.0, (count / _PER_BATCH - BURST) / RATE)
    by_streams = count * seconds / streams
    least = max(by_bucket, by_streams)
    sound, right = seen.soundness(events)
    share = least / (seen.seconds + seconds)
    return Row(
        number="5b",
        what=f"drain {count} at {1000 * seconds:g} ms per command, {dialogs} dialogs, {streams} streams, "
        f"of min(bucket {by_bucket:.1f} s, streams {by_streams:.1f} s)",
        must="0.85",
        aim="0.95",
        seen=f"{share:.2f} ({seen.seconds:.1f} s), {sound}",
        verdict=verdict((share, 0.85, 0.95), most=False) if right else "falls short",
        detail=f"{count * seconds / seen.seconds:.1f} streams were busy on average\n{_pace(seen)}",
    )


def row6(count: int, dialogs: int, every: float, tell: Tell) -> Row:
    """Accept one critical event every few seconds while the normal ones drain."""
    answered: dict[str, float] = {}
    with waiting(count, dialogs, tell) as (portal, hub, events):
        portal.limit()
        urgent = [
            Event(f"c{n:03}", events[7 * n % len(events)].to, "critical") for n in range(int(75 / every))
        ]

        def interrupt(url: str) -> None:
            time.sleep(2)
            bodies = [json.dumps([event.body]).encode() for event in urgent]
            answers = paced(f"{url}/in/bench", HEADERS, bodies, 1 / every, connections=1)
            answered.update({event.n: answer.answered for event, answer in zip(urgent, answers, strict=True)})

        seen = drain(portal, hub, count + len(urgent), tell, interrupt)
    stored = {shown.event: shown.at for shown in reversed(seen.shown)}
    took = [stored[event] - at for event, at in answered.items() if event in stored]
    p95 = percentile(took, 95)
    sound, right = seen.soundness([*events, *urgent])
    return Row(
        number="6",
        what=f"critical message behind {count} waiting, one every {every:g} s, p95",
        must="5 s",
        aim="2 s",
        seen=f"{p95:.2f} s, {sound}",
        verdict=verdict((p95, 5, 2)) if right else "falls short",
        detail=f"{len(took)} critical ones: " + " ".join(f"{each:.2f}" for each in took) + f"\n{_pace(seen)}",
    )


def _wait_until_at_home(portal: Portal) -> None:
    """Wait until a hub that is new has registered its bot and seen where the portal stands."""
    latest, since = portal.last_request(), time.monotonic()
    deadline = since + _STUCK
    while (now := time.monotonic()) - since < _QUIET:
        if now > deadline:
            raise RuntimeError("the hub does not come to rest at an empty portal")
        asked = [call["id"] for call in portal.requests(latest) if call["method"] not in _LOOKS_FOR_CLICKS]
        if asked:
            latest, since = max(asked), now
        time.sleep(0.2)


def _wait_until_planned(hub: Hub, count: int) -> None:
    """Wait until every event has become a message that waits."""
    wait_until(
        lambda: _planned(hub) >= count,
        within=120,
        every=0.5,
        what=lambda: f"{count} messages wait; {_planned(hub)} do",
    )


def _planned(hub: Hub) -> int:
    return hub.count("SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')")


def _pace(seen: Drained) -> str:
    first = seen.shown[0].at
    every_10 = Counter(int(shown.at - first) // 10 for shown in seen.shown)
    requests = ", ".join(f"{count} × {name}" for name, count in sorted(seen.statuses.items()))
    return (
        f"first message {first - seen.began:.2f} s after the first request; "
        f"in each 10 s: {' '.join(str(every_10[n]) for n in range(max(every_10) + 1))}\nrequests: {requests}"
    )


def parser() -> argparse.ArgumentParser:
    """Return what the command takes."""
    taken = argparse.ArgumentParser(description=__doc__)
    taken.add_argument("rows", nargs="*", help="5, 5b, 6; without any: all")
    taken.add_argument("--count", type=int, default=10_000, help="messages that wait")
    taken.add_argument("--dialogs", type=int, default=0, help="chats they go to; else 200, and 20 in row 5b")
    taken.add_argument("--streams", type=int, default=8, help="batches that the hub may have in flight")
    taken.add_argument("--seconds", type=float, default=0.045, help="per command in row 5b")
    taken.add_argument("--every", type=float, default=5.0, help="seconds between critical events in row 6")
    return taken


def measure(given: argparse.Namespace) -> Iterator[Row]:
    """Measure as the command says."""
    for row in given.rows or ["5", "5b", "6"]:
        match row:
            case "5":
                yield row5(given.count, given.dialogs or 200, say)
            case "5b":
                yield row5b(given.count, given.dialogs or 20, given.streams, given.seconds, say)
            case _:
                yield row6(given.count, given.dialogs or 200, given.every, say)


if __name__ == "__main__":
    show(parser(), measure)
