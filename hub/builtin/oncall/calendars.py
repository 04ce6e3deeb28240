"""Calendars in the iCalendar format, from a file or an address, read again now and then."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Lock
from zoneinfo import ZoneInfo

import httpx
import recurring_ical_events  # type: ignore[import-untyped]
from icalendar import Calendar, Event

from hub.builtin.oncall.roster import AHEAD
from hub.builtin.oncall.schedule import Shift
from hub.builtin.oncall.wall import instant
from hub.plugin import Clock, RetryLater

_FRESH = timedelta(minutes=15)
_AGAIN = timedelta(minutes=1)
_MOST_BYTES = 2 * 1024 * 1024
_MOST_SHIFTS = 5_000
_PERSON = re.compile(r"(?:user|email|head):\S+")
_EMAIL = re.compile(r"[^@\s<>,;:]+@[^@\s<>,;:]+")


class CalendarFile:
    """One calendar; while it cannot be read, what it said last holds.

    Args:
        place: a file, or an address that begins with ``https://`` or ``http://``.
        zone: of times that name none.
    """

    def __init__(self, place: str, zone: ZoneInfo, *, http: httpx.Client, clock: Clock) -> None:
        self._place = place
        self._zone = zone
        self._http = http
        self._clock = clock
        self._lock = Lock()
        self._known: tuple[Shift, ...] | None = None
        self._until: datetime | None = None

    def shifts(self, moment: datetime) -> tuple[Shift, ...]:
        """Return who has when, around *moment*.

        Raises:
            RetryLater: it could never be read so far, saying why.
        """
        now = self._clock.now()
        if abs(moment - now) > _FRESH:
            return self._read(moment)
        with self._lock:
            if self._known is None or self._until is None or now >= self._until:
                self._renew(now)
            return self._known or ()

    def _renew(self, now: datetime) -> None:
        try:
            self._known, self._until = self._read(now), now + _FRESH
        except RetryLater:
            if self._known is None:
                raise
            self._until = now + _AGAIN

    def _read(self, moment: datetime) -> tuple[Shift, ...]:
        try:
            found = Calendar.from_ical(self._bytes())
            events = recurring_ical_events.of(found, skip_bad_series=True).between(
                moment - timedelta(days=1), moment + AHEAD
            )
            return tuple(self._each(events))[:_MOST_SHIFTS]
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise RetryLater(f"the calendar of the schedule cannot be read ({type(exc).__name__})") from exc

    def _bytes(self) -> bytes:
        """Return the calendar; what is told of a failure names no address, because that may hold a secret."""
        try:
            if not self._place.startswith(("http://", "https://")):
                with Path(self._place).open("rb") as file:
                    return _small(file.read(_MOST_BYTES + 1))
            with self._http.stream("GET", self._place) as answer:
                if answer.status_code != 200:
                    raise RetryLater(f"the calendar's server answers {answer.status_code}")
                body = b""
                for chunk in answer.iter_bytes():
                    body = _small(body + chunk)
                return body
        except (OSError, httpx.HTTPError, httpx.InvalidURL) as exc:
            why = exc.strerror if isinstance(exc, OSError) and exc.strerror else type(exc).__name__
            # the cause would show the address
            raise RetryLater(f"the calendar of the schedule cannot be fetched: {why}") from None

    def _each(self, events: list[Event]) -> Iterator[Shift]:
        for event in events:
            user = _person(event)
            if user:
                starts, ends = self._moment(event.start), self._moment(event.end)
                if starts < ends:
                    yield Shift(user=user, starts=starts, ends=ends)

    def _moment(self, value: date | datetime) -> datetime:
        if not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - wall time of the schedule
        return instant(value, self._zone) if value.tzinfo is None else value.astimezone(UTC)


def _small(body: bytes) -> bytes:
    if len(body) > _MOST_BYTES:
        raise RetryLater(f"the calendar is larger than {_MOST_BYTES} bytes")
    return body


def _person(event: Event) -> str:
    """Return whose event it is: an address or e-mail in its title, else its first attendee."""
    title = str(event.get("SUMMARY", ""))
    if found := _PERSON.search(title):
        return found[0]
    attendees = event.get("ATTENDEE", [])
    first = attendees[0] if isinstance(attendees, list) and attendees else attendees
    for words in (title, str(first or "").lower().removeprefix("mailto:")):
        if email := _EMAIL.search(words):
            return f"email:{email[0]}"
    return ""
