"""Calendars in the place of layers."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from hub.builtin.oncall.calendars import CalendarFile
from hub.plugin import RetryLater
from hub.testing.clock import START, MovedClock

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
PLACE = "https://calendar.example/secret-path.ics"
#: A week each with its own zone, a whole day, one that moves with the clock of the schedule, one without a person.
CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//
BEGIN:VEVENT
UID:1
DTSTART;TZID=Europe/Berlin:20261102T090000
DTEND;TZID=Europe/Berlin:20261103T090000
RRULE:FREQ=DAILY
SUMMARY:On call
ATTENDEE:mailto:vera@company.example
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20261123
DTEND;VALUE=DATE:20261124
SUMMARY:user:31 instead
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART:20261124T100000
DTEND:20261124T120000
SUMMARY:maria@company.example
END:VEVENT
BEGIN:VEVENT
UID:4
DTSTART:20261124T100000Z
DTEND:20261124T120000Z
SUMMARY:Party
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")


class Server:
    """What the calendar's server answers, and how often it was asked."""

    def __init__(self):
        self.answer = httpx.Response(200, text=CALENDAR)
        self.asked = 0

    def __call__(self, request):
        self.asked += 1
        return httpx.Response(self.answer.status_code, content=self.answer.content)


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def clock():
    return MovedClock()


@pytest.fixture
def calendar(server, clock):
    http = httpx.Client(transport=httpx.MockTransport(server))
    yield CalendarFile(PLACE, BERLIN, http=http, clock=clock)
    http.close()


def read(shifts):
    return {
        (
            shift.user,
            f"{shift.starts.astimezone(BERLIN):%d %H:%M}",
            f"{shift.ends.astimezone(BERLIN):%d %H:%M}",
        )
        for shift in shifts
    }


def test_people_are_read_from_titles_and_attendees_in_the_zones_that_are_meant(calendar):
    found = read(shift for shift in calendar.shifts(START) if shift.starts < START + timedelta(days=3))

    assert found == {
        ("email:vera@company.example", "21 09:00", "22 09:00"),
        ("email:vera@company.example", "22 09:00", "23 09:00"),
        ("email:vera@company.example", "23 09:00", "24 09:00"),
        ("email:vera@company.example", "24 09:00", "25 09:00"),
        ("email:vera@company.example", "25 09:00", "26 09:00"),
        ("user:31", "23 00:00", "24 00:00"),
        ("email:maria@company.example", "24 10:00", "24 12:00"),
    }


def test_it_is_asked_for_now_and_then_and_what_it_said_last_holds_while_it_is_away(calendar, server, clock):
    known = read(calendar.shifts(START))
    clock.move(14 * MINUTE)
    calendar.shifts(clock.now())
    assert server.asked == 1

    clock.move(MINUTE)
    server.answer = httpx.Response(500)
    assert read(calendar.shifts(clock.now())) == known
    assert server.asked == 2
    server.answer = httpx.Response(200, text=CALENDAR.replace("user:31", "user:33"))
    clock.move(MINUTE)
    assert any(user == "user:33" for user, _, _ in read(calendar.shifts(clock.now())))


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(404),
        httpx.Response(302, headers={"location": "https://elsewhere.example/"}),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, text=""),
        httpx.Response(200, content=b"x" * 3_000_000),
    ],
    ids=["missing", "elsewhere", "no-calendar", "nothing", "endless"],
)
def test_one_that_was_never_read_says_why_without_its_address(calendar, server, answer):
    server.answer = answer

    with pytest.raises(RetryLater) as told:
        calendar.shifts(START)

    assert "secret-path" not in str(told.value)
    assert "calendar" in str(told.value)


def test_a_file_serves_as_well(tmp_path, clock):
    file = tmp_path / "oncall.ics"
    file.write_text(CALENDAR)
    http = httpx.Client()
    calendar = CalendarFile(str(file), BERLIN, http=http, clock=clock)
    http.close()

    assert any(shift.user == "user:31" for shift in calendar.shifts(START))
    with pytest.raises(RetryLater, match="No such file"):
        CalendarFile(str(tmp_path / "other"), BERLIN, http=http, clock=clock).shifts(START)
