"""The program that unfolds a calendar: who has when, with its rules applied. It is run as a process of its own.

A rule can ask for endless work, which only a process can be kept from. It reads iCalendar from its standard input and
writes a JSON list of ``[address, begin, end]``; what has a zone comes in UTC, what has none without.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from itertools import islice

import recurring_ical_events  # type: ignore[import-untyped]
from icalendar import Calendar, Event

_MEMORY = 512 * 1024 * 1024
_PERSON = re.compile(r"\b(?:user|head):[0-9]+")
#: Without the brackets and stops that people write around it.
_EMAIL = re.compile(r"[\w.%+'-]+@[\w-]+(?:\.[\w-]+)*")
_LONGEST = 200


def main(begin: str, end: str, seconds: str, most: str) -> None:
    """Write what lies between two moments, or exit with 1 and say what kind of error it was."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    try:
        calendar = Calendar.from_ical(sys.stdin.buffer.read())
        found = recurring_ical_events.of(calendar, skip_bad_series=True)
        events = found.between(datetime.fromisoformat(begin), datetime.fromisoformat(end))
        sys.stdout.write(json.dumps(list(islice(_each(events), int(most)))))
    except Exception as exc:  # noqa: BLE001 - whatever it is, the calendar is not one
        sys.exit(f"{type(exc).__name__}")


def _each(events: list[Event]) -> Iterator[tuple[str, str, str]]:
    for event in events:
        user = _person(event)
        if user and len(user) <= _LONGEST:
            yield user, _moment(event.start), _moment(event.end)


def _person(event: Event) -> str:
    """Return whose event it is, by its title, else its first attendee."""
    title = str(event.get("SUMMARY", ""))
    if found := _PERSON.search(title):
        return found[0]
    attendees = event.get("ATTENDEE", [])
    first = attendees[0] if isinstance(attendees, list) and attendees else attendees
    for words in (title, str(first or "").lower().removeprefix("mailto:")):
        if email := _EMAIL.search(words):
            return f"email:{email[0]}"
    return ""


def _moment(value: date | datetime) -> str:
    if not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    return (value if value.tzinfo is None else value.astimezone(UTC)).isoformat()


if __name__ == "__main__":
    main(*sys.argv[1:])
