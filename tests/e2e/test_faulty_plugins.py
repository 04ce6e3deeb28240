"""One plugin does its worst while another gets fifty events: the other one uses what it would use alone."""

import threading
import time
from datetime import timedelta

import pytest
from click.testing import CliRunner
from echo import TOKEN, EchoPlugin

from hub.cli import cli
from hub.cli.session import Session
from hub.plugin import (
    InboundEvent,
    InvalidPayload,
    Item,
    Notification,
    PermanentFailure,
    Plugin,
    PluginSettings,
    Receipt,
    Recipient,
    Resolver,
    RetryLater,
    Source,
    hookimpl,
)
from hub.registry import Status
from hub.registry.guard import THREADS
from hub.testing import InstalledPlugin

SHORT = timedelta(milliseconds=100)
EVENTS = 50


class FaultyPlugin(Plugin[PluginSettings]):
    """Takes part in everything; ``worst`` is what it does in the hooks named in ``faults``."""

    api_version = "1.0"

    def __init__(self, settings, ctx):
        super().__init__(settings, ctx)
        self.faults = ()
        self.worst = lambda: None

    def _may_fail(self, hook):
        if hook in self.faults:
            self.worst()

    @hookimpl
    def sources(self):
        yield Source(
            verify=self._verify, accept=self._accept, parse=self._parse, notify=self._notify, inline=False
        )

    @hookimpl
    def resolvers(self):
        yield Resolver(scheme="faulty", resolve=self._resolve)

    @hookimpl
    def edit_notification(self, notification):
        self._may_fail("edit_notification")

    def _verify(self, request):
        self._may_fail("verify")

    def _accept(self, request):
        self._may_fail("accept")
        return Receipt(items=[Item(key=request.body.decode())])

    def _parse(self, request):
        self._may_fail("parse")
        body = request.body.decode()
        return [InboundEvent(event_id=body, title=body, occurred_at=request.received_at)]

    def _notify(self, events):
        self._may_fail("notify")
        return [Notification(key=each.title, title=each.title, to=["faulty:1"]) for each in events]

    def _resolve(self, rest, notification):
        self._may_fail("resolve")
        return [Recipient(kind="user", id="17")]


PLUGINS = [InstalledPlugin("faulty", FaultyPlugin), InstalledPlugin("echo", EchoPlugin)]


@pytest.fixture
def hub_plugins():
    return PLUGINS


@pytest.fixture
def hub_settings():
    hooks = ("verify", "accept", "parse", "notify", "resolve", "edit_notification")
    return {"plugins": {"faulty": {"budgets": dict.fromkeys(hooks, SHORT)}}}


@pytest.fixture
def hub(fresh_hub):
    return fresh_hub


@pytest.fixture
def faulty(hub):
    return hub.app.registry.instance("faulty").plugin


@pytest.fixture
def over():
    """Ends what hangs at the end of the test."""
    event = threading.Event()
    yield event
    event.set()


def ask(hub, *arguments):
    """Run ``hub`` as the operator does; it shares nothing with the running hub but the database."""
    session = Session(plugins=PLUGINS, clock=hub.clock)
    session.settings = lambda: hub.app.settings
    done = CliRunner().invoke(cli, arguments, obj=session, prog_name="hub")
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr("hub.cli.session.log_warnings", lambda: None)


def sleeping(over):
    return over.wait


def spinning(over):
    def spin():
        while not over.is_set():
            time.sleep(0)

    return spin


def threads_of(name):
    return {each for each in threading.enumerate() if each.name == f"plugin-{name}"}


@pytest.mark.parametrize("worst", [sleeping, spinning])
@pytest.mark.parametrize("hook", ["verify", "accept", "parse", "notify", "resolve", "edit_notification"])
def test_fifty_events_of_another_plugin_are_processed_as_if_it_were_alone(hub, faulty, over, hook, worst):
    before = threads_of("faulty")
    faulty.faults, faulty.worst = (hook,), worst(over)
    for number in range(2 * THREADS):
        hub.receive("faulty", f"f{number}", settle=False)
    for number in range(EVENTS):
        hub.receive("echo", {"key": f"{number}", "to": ["user:27"]}, headers=TOKEN, settle=False)

    hub.bitrix24.wait_for(lambda: len(hub.shown("27")) == EVENTS, timeout=30)

    mine = [event for event in hub.events if event.instance == "echo"]
    assert {(event.state, event.attempts) for event in mine} == {("processed", 1)}
    counted = {each.hook: (each.calls, each.failures) for each in counts(hub, "echo")}
    assert [counted[name] for name in ("verify", "accept", "parse", "notify")] == [(EVENTS, 0)] * 4
    assert len(threads_of("faulty") - before) <= THREADS


def counts(hub, name):
    hub.app.housekeeping.write_statistics()
    return hub.app.plugin_stats.counters(name)


def test_a_payload_that_always_fails_keeps_nobody_elses_back(hub, faulty, echo):
    def trip(fields):
        if fields["key"].startswith("bad"):
            raise ValueError("boom")

    echo.in_notify = trip
    for number in range(10):
        hub.receive("echo", {"key": f"bad {number}"}, headers=TOKEN)
        hub.receive("echo", {"key": f"good {number}"}, headers=TOKEN)
    for _ in range(4):
        hub.move(timedelta(seconds=31))

    states = {event.key: event.state for event in hub.events}
    assert {state for key, state in states.items() if key.startswith("good")} == {"processed"}
    assert {state for key, state in states.items() if key.startswith("bad")} == {"new"}


def test_a_plugin_that_raises_every_other_time_gets_everything_done(hub, echo):
    turns = iter(range(1000))

    def trip(fields):
        if next(turns) % 2 == 0:
            raise ValueError("boom")

    echo.in_notify = trip
    for number in range(10):
        hub.receive("echo", {"key": f"{number}"}, headers=TOKEN)
    for _ in range(5):
        hub.move(timedelta(minutes=5))

    assert {event.state for event in hub.events} == {"processed"}
    assert len(hub.shown("1")) == 10
    assert hub.app.registry.instance("echo").status is Status.ACTIVE


def test_the_operator_sees_from_another_process_what_fails_and_that_it_works_again(hub, faulty):
    def trip():
        raise ValueError("boom")

    faulty.faults, faulty.worst = ("notify",), trip
    for number in range(8):
        hub.receive("faulty", f"f{number}")

    assert "failing" in ask(hub, "plugins", "list")
    shown = ask(hub, "plugins", "show", "faulty")
    assert "notify failed 5 times in a row, tried again: raised ValueError: boom" in shown
    assert "plugin faulty is failing and is tried every 30 s" in ask(hub, "trace", hub.events[-1].id)

    faulty.faults = ()
    for _ in range(3):
        hub.move(timedelta(minutes=1))

    assert "failing" not in ask(hub, "plugins", "list")
    assert ask(hub, "trace", hub.events[-1].id).startswith("in short: shown to user 17")
    hooks = ask(hub, "plugins", "show", "faulty", "--json")
    assert '"last_error": "raised ValueError: boom"' in hooks


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (InvalidPayload("half \ud800"), "rejected"),
        (PermanentFailure("half \ud800, nothing \0"), "failed"),
        (RetryLater("half \ud800"), "new"),
    ],
    ids=["invalid", "permanent", "later"],
)
def test_odd_words_of_a_refusal_do_not_keep_the_event(hub, echo, error, state):
    def refuse(fields):
        raise error

    echo.in_notify = refuse
    hub.receive("echo", {"key": "a"}, headers=TOKEN)

    assert (hub.events[0].state, hub.events[0].reason[:5]) == (state, "half ")
