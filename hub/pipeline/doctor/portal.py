"""The portal: whose credentials they are, what they may do, its clock, and how much of its patience is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from hub.bitrix24 import Client, Level, about
from hub.pipeline.doctor.finding import Finding, fail, ok, warn
from hub.plugin import Clock

_SKEWED, _WRONG = timedelta(seconds=30), timedelta(minutes=5)
_MUCH = 0.8

#: Scopes the hub itself needs, and what for; any of the alternatives will do.
_NEEDED: Mapping[tuple[str, ...], str] = {
    ("imbot",): "the bot",
    ("im",): "the bell, and taking the bot into chats",
    ("user", "user_basic", "user_brief"): "people",
    ("department",): "department:, head: and supervisor: addresses",
}
#: Needed besides where there are on-call schedules; without it everybody counts as present.
_OF_SCHEDULES: Mapping[tuple[str, ...], str] = {("calendar",): "passing over people who are absent"}
_OF_EVENTS = {"ONCRM": ("crm",), "ONTASK": ("task",)}


def credentials(client: Client, *, application: bool, needs_admin: bool) -> Iterator[Finding]:
    """Check that the portal lets us in, and as whom."""
    who = about.caller(client)
    kind = "application" if application else "webhook"
    said = f"the {kind} acts as user {who.id} ({who.name or 'no name'}), {'an' if who.is_admin else 'no'} administrator"
    if needs_admin and not who.is_admin:
        advice = (
            "what that person cannot see in CRM and tasks, nobody is told of; let an administrator own it"
        )
        yield warn("credentials", said, advice)
    else:
        yield ok("credentials", said)


def scopes(client: Client, events: Iterable[str], *, has_schedules: bool) -> Iterator[Finding]:
    """Check that the credentials have the scopes which the hub and the plugins' portal sources need."""
    helpful = {**_NEEDED, **(_OF_SCHEDULES if has_schedules else {})}
    needed = {**helpful, **_of_sources(events)}
    has = about.scopes(client)
    lacking = {alternatives: use for alternatives, use in needed.items() if not has & set(alternatives)}
    for alternatives, use in lacking.items():
        message = f"the scope {alternatives[0]} is missing, needed for {use}"
        advice = "tick it in the portal where the webhook or application was made"
        yield (warn if alternatives in helpful and alternatives != ("imbot",) else fail)(
            "scopes", message, advice
        )
    if not lacking:
        yield ok("scopes", f"all {len(needed)} that are needed are there")


def clocks(client: Client, clock: Clock) -> Iterator[Finding]:
    """Check that this machine and the portal agree on the time."""
    before = clock.now()
    there = about.server_time(client)
    here = before + (clock.now() - before) / 2
    skew = abs(there - here)
    said = f"this machine and the portal differ by {skew.total_seconds():.0f} seconds"
    advice = "set the clock of this machine by NTP"
    if skew > _WRONG:
        yield fail("clock", said, advice)
    elif skew > _SKEWED:
        yield warn("clock", said, advice)
    else:
        yield ok("clock", said)


def budgets(level: Level, operating: Mapping[str, float]) -> Iterator[Finding]:
    """Check how much of the portal's limits is used up."""
    said = f"{level.used:.0f} of {level.capacity:.0f} requests that may be made at once are used"
    if level.used > _MUCH * level.capacity:
        yield warn("rate", said, "messages wait for the portal's limit; see what calls it so much")
    else:
        yield ok("rate", said)
    method, used = max(operating.items(), key=lambda item: item[1], default=("", 0.0))
    if used > _MUCH:
        message = f"{method} has used {used:.0%} of its execution time"
        yield warn("execution time", message, "the portal blocks that method at 100 %; call it less")
    else:
        yield ok("execution time", "no method is near the portal's limit")


def _of_sources(events: Iterable[str]) -> dict[tuple[str, ...], str]:
    names = sorted(events)
    return {
        alternatives: f"events of the portal ({next(name for name in names if name.startswith(prefix))} …)"
        for prefix, alternatives in _OF_EVENTS.items()
        if any(name.startswith(prefix) for name in names)
    }
