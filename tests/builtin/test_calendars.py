"""Calendars in the place of layers, from a server that misbehaves: whom they mean, and what they may cost."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from zoneinfo import ZoneInfo

import httpx
import pytest
from echo import TOKEN, EchoPlugin

from hub.builtin.oncall import calendar_file
from hub.builtin.oncall.calendar_file import CalendarFile
from hub.plugin import PermanentFailure
from hub.sandbox import Sandbox
from hub.testing import InstalledPlugin
from hub.testing.clock import START, MovedClock

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
#: A rotation with its own zone, a whole day, one by the clock of the schedule, one without a person.
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


def event(**lines):
    """Return a calendar of one event, user 31 from START on, with other lines."""
    own = {"UID": "1", "DTSTART": "20261122T100500Z", "DTEND": "20261122T110500Z", "SUMMARY": "user:31"}
    body = "".join(f"{name}:{value}\r\n" for name, value in {**own, **lines}.items())
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:t\r\nBEGIN:VEVENT\r\n{body}END:VEVENT\r\nEND:VCALENDAR\r\n"
    )


class Server:
    """A server of a calendar on loopback.

    Attributes:
        status, body, headers: what it answers.
        pause: seconds between one byte of the body and the next; none = all at once.
        endless: the body is sent again and again.
    """

    def __init__(self):
        self.status, self.body, self.headers = 200, CALENDAR.encode(), {}
        self.pause, self.endless = None, False
        self.asked = self.sent = 0
        self.ends = threading.Event()

    def answer(self, request):
        self.asked += 1
        request.send_response(self.status)
        for name, value in self.headers.items():
            request.send_header(name, value)
        request.end_headers()
        try:
            for part in self._parts():
                request.wfile.write(part)
                self.sent += len(part)
        except OSError:  # nobody reads it any more
            return

    def _parts(self):
        if self.pause is None:
            yield self.body
        while self.pause is not None and not self.ends.wait(self.pause):
            yield b"x"
        while self.endless and not self.ends.is_set():
            yield self.body


@pytest.fixture
def server():
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            server.answer(self)

        def log_message(self, *_):
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{listening.server_port}/secret-path.ics"
    yield server
    server.ends.set()
    listening.shutdown()
    listening.server_close()
    thread.join()


@pytest.fixture
def read(server):
    """Read the server's calendar and return who has when, by the clocks of Berlin."""
    http = httpx.Client(trust_env=False)
    file = CalendarFile(server.url, BERLIN, http)

    def read(moment=START):
        return {
            (
                shift.user,
                f"{shift.starts.astimezone(BERLIN):%d %H:%M}",
                f"{shift.ends.astimezone(BERLIN):%d %H:%M}",
            )
            for shift in file.shifts(moment)
            if shift.starts < moment + 3 * DAY
        }

    yield read
    http.close()


def test_people_are_read_from_titles_and_attendees_in_the_zones_that_are_meant(read):
    assert read() == {
        ("email:vera@company.example", "21 09:00", "22 09:00"),
        ("email:vera@company.example", "22 09:00", "23 09:00"),
        ("email:vera@company.example", "23 09:00", "24 09:00"),
        ("email:vera@company.example", "24 09:00", "25 09:00"),
        ("email:vera@company.example", "25 09:00", "26 09:00"),
        ("user:31", "23 00:00", "24 00:00"),
        ("email:maria@company.example", "24 10:00", "24 12:00"),
    }


@pytest.mark.parametrize(
    ("title", "user"),
    [
        ("On call (user:31)", "user:31"),
        ("user:31, then user:33", "user:31"),
        ("head:5.", "head:5"),
        ("On call: <maria@company.example>", "email:maria@company.example"),
        ("email:maria.o'neil+duty@company.example.", "email:maria.o'neil+duty@company.example"),
        ("Мария (мария@компания.рф)", "email:мария@компания.рф"),
    ],
)
def test_a_person_is_found_among_other_words(server, read, title, user):
    server.body = event(SUMMARY=title).encode()
    assert {who for who, _, _ in read()} == {user}


def test_a_file_serves_as_well(tmp_path):
    path = tmp_path / "oncall.ics"
    path.write_text(CALENDAR)
    with httpx.Client() as http:
        shifts = CalendarFile(str(path), BERLIN, http).shifts(START)
        assert any(shift.user == "user:31" for shift in shifts)
        with pytest.raises(PermanentFailure, match="No such file"):
            CalendarFile(str(tmp_path / "other"), BERLIN, http).shifts(START)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        pytest.param({"status": 404}, "answers 404", id="missing"),
        pytest.param(
            {"status": 302, "headers": {"location": "file:///etc/passwd"}}, "answers 302", id="file"
        ),
        pytest.param({"body": b"<html>"}, "cannot be read", id="no-calendar"),
        pytest.param({"body": b""}, "cannot be read", id="nothing"),
        pytest.param({"body": b"\xff\x00" * 9999}, "cannot be read", id="bytes"),
        pytest.param({"body": b"x" * 100_000, "endless": True}, "is larger than", id="endless"),
        pytest.param(
            {"body": event(RRULE="FREQ=SECONDLY").encode()}, "too much|more than|longer", id="secondly"
        ),
        pytest.param(
            {"body": event(RRULE="FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30").encode()},
            "too much|longer",
            id="secondly-on-no-day",
        ),
        pytest.param({"pause": 0.05}, "longer than", id="drop-by-drop"),
        pytest.param({"headers": {"x": "y" * 200_000}}, "cannot be fetched", id="headers"),
    ],
)
def test_one_that_cannot_be_read_says_why_without_its_address_and_soon(
    monkeypatch, server, read, answer, why
):
    monkeypatch.setattr(calendar_file, "_PATIENCE", 1)
    for name, value in answer.items():
        setattr(server, name, value)
    began = time.monotonic()

    with pytest.raises(PermanentFailure, match=why) as told:
        read()

    assert time.monotonic() - began < 4
    assert server.sent < 10_000_000
    assert "secret-path" not in str(told.value)


def test_one_with_more_shifts_than_anybody_has_is_refused(server, read):
    server.body = event(RRULE="FREQ=HOURLY;BYMINUTE=0,30").encode()
    with pytest.raises(PermanentFailure, match="more than 2000 shifts"):
        read()


def test_the_program_that_reads_it_finds_what_the_hub_finds(monkeypatch, tmp_path, read):
    (tmp_path / "recurring_ical_events.py").write_text("raise ImportError('this one')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(PermanentFailure, match="this one"):
        read()


def test_a_machine_that_starts_no_program_is_told_too(monkeypatch, tmp_path, read):
    monkeypatch.setattr(calendar_file.sys, "executable", str(tmp_path / "python"))
    with pytest.raises(PermanentFailure, match="cannot be read: No such file"):
        read()


def test_a_server_that_never_ends_its_headers_costs_one_thread(monkeypatch, server, read):
    def drip(request):
        request.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
        while not server.ends.wait(0.05):
            request.wfile.write(b"x")

    monkeypatch.setattr(calendar_file, "_PATIENCE", 0.3)
    server.answer = drip
    for why in ("takes longer than", "still not answered"):
        with pytest.raises(PermanentFailure, match=why):
            read()

    assert sum(thread.name == "calendar" for thread in threading.enumerate()) == 1


# In a whole hub


@pytest.fixture
def settings(server):
    return {"oncall": {"infra": {"ical": server.url, "timezone": "Europe/Berlin"}}}


@pytest.fixture
def run(run_hub, settings, tmp_path):
    """Run a hub; again and again it is the same one."""
    clock = MovedClock()
    plugins = [InstalledPlugin("echo", EchoPlugin)]
    with Sandbox.running() as portal:
        yield lambda: run_hub(settings, sandbox=portal, plugins=plugins, folder=tmp_path, clock=clock)


@pytest.fixture
def alert():
    def alert(hub):
        """Tell something to whoever is on call, and return who got it and why."""
        key = f"alert {len(hub.events)}"
        hub.receive("echo", {"key": key, "to": ["oncall:infra"]}, headers=TOKEN)
        ((dialog, reason),) = [(row.dialog, row.recipient) for row in hub.deliveries if row.key == key]
        return dialog, reason

    return alert


def one_after_the_other():
    first, second = event(), event(UID="2", DTSTART="20261122T110500Z", DTEND="20261123T110500Z")
    second = second.replace("user:31", "user:33")
    return (first.removesuffix("END:VCALENDAR\r\n") + second[second.index("BEGIN:VEVENT") :]).encode()


def test_an_alert_goes_to_whoever_the_calendar_says_and_they_are_told_when_it_begins(server, run, alert):
    server.body = one_after_the_other()
    with run() as hub:
        hub.settle()
        assert alert(hub) == ("31", "on call for infra")

        hub.move(HOUR)

        assert alert(hub) == ("33", "on call for infra")
        assert any("You are on call for infra until" in message.text for message in hub.shown("33"))


def test_it_is_read_again_every_15_minutes_and_what_it_said_last_holds_while_it_is_away(server, run, alert):
    server.body = event(DTEND="20261125T110500Z").encode()
    with run() as hub:
        hub.settle()
        for _ in range(3):
            alert(hub)
        assert server.asked == 1

        server.status = 500
        hub.move(15 * MINUTE)
        assert alert(hub)[0] == "31"
        assert server.asked == 2

        server.status, server.body = 200, event(DTEND="20261125T110500Z", SUMMARY="user:33").encode()
        hub.move(MINUTE)
        assert alert(hub)[0] == "33"
        assert any("You are on call for infra" in message.text for message in hub.shown("33"))


def test_it_holds_after_a_restart_too(server, run, alert):
    server.body = event(DTEND="20261125T110500Z").encode()
    with run() as hub:
        hub.settle()
    server.status = 503
    with run() as hub:
        hub.move(5 * HOUR)

        assert alert(hub)[0] == "31"
        duty = hub.app.rosters.on_duty("infra", hub.clock.now())
        assert duty.remark == "the calendar's server answers 503; what it said at 2026-11-22 10:05 UTC holds"


def test_while_it_was_never_read_alerts_go_to_the_fallback_with_the_reason(server, run, alert):
    server.status = 404
    with run() as hub:
        hub.settle()
        dialog, reason = alert(hub)

        assert dialog == "1"
        assert "the calendar's server answers 404" in reason
        assert "secret-path" not in reason
        server.status, server.body = 200, event().encode()
        hub.move(MINUTE)
        assert alert(hub)[0] == "31"
