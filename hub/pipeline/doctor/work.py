"""The work: whether a hub runs, what waits for how long, and whether every row is accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from hub.pipeline.doctor.finding import Finding, ok, warn
from hub.pipeline.ledger import LedgerReport
from hub.pipeline.portal_state import PortalState
from hub.storage.backlog import Backlog
from hub.storage.plugin_statuses import Told

_LONG = timedelta(minutes=5)
_UNCHECKED = timedelta(minutes=10)


def running(told: Mapping[str, Told]) -> Iterator[Finding]:
    """Say whether a hub runs on this database."""
    if told:
        processes = max(each.processes for each in told.values())
        yield ok("hub", "is running" + (f" in {processes} processes" if processes > 1 else ""))
    else:
        yield ok("hub", "is not running; 'hub serve' starts it")


def waiting(backlog: Backlog, portal: PortalState) -> Iterator[Finding]:
    """Check how long the oldest delivery and the oldest event wait."""
    lanes = [lane for lane in backlog.lanes.values() if lane.count]
    yield _oldest("deliveries", [(each.count, each.oldest) for each in lanes], backlog.now, _why(portal))
    events = [(each.count, each.oldest) for each in backlog.instances.values()]
    yield _oldest(
        "events", events, backlog.now, "'hub events list --state new' shows which, 'hub trace ID' why"
    )


def ledger(report: LedgerReport, now: datetime, *, is_running: bool) -> Iterator[Finding]:
    """Check what the last check of the ledger found."""
    if report.gaps:
        first = report.gaps[0]
        message = f"{len(report.gaps)} gaps, for example {first.table} {first.row}: {first.what}"
        yield warn("ledger", message, "'hub trace' with its id tells more; please report it")
    elif report.checked_at is None or now - report.checked_at > _UNCHECKED:
        last = (
            f"last checked {report.checked_at:%Y-%m-%d %H:%M} UTC"
            if report.checked_at
            else "never checked yet"
        )
        if is_running:
            yield warn("ledger", last, "the running hub checks every minute; look at its log")
        else:
            yield ok("ledger", f"{last}; the running hub does it every minute")
    else:
        yield ok("ledger", "every row is accounted for")


def _oldest(check: str, groups: list[tuple[int, datetime | None]], now: datetime, advice: str) -> Finding:
    count = sum(number for number, _ in groups)
    oldest = min((moment for _, moment in groups if moment is not None), default=None)
    if oldest is None:
        return ok(check, "none waits")
    age = now - oldest
    said = f"{count} wait, the oldest for {_readable(age)}"
    return warn(check, said, advice) if age > _LONG else ok(check, said)


def _why(portal: PortalState) -> str:
    if portal.state == "connected":
        return "'hub deliveries list --state pending' shows which, 'hub trace ID' why"
    return f"the portal is {portal.state}: {portal.error}; {portal.advice}"


def _readable(age: timedelta) -> str:
    seconds = max(0, int(age.total_seconds()))
    return (
        f"{seconds // 3600} h {seconds % 3600 // 60} min"
        if seconds >= 3600
        else f"{seconds // 60} min {seconds % 60} s"
    )
