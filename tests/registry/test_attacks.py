"""Plugins that do their worst to the threads, the event loop and the breaker, beside one that does not."""

import threading
import time
from datetime import timedelta

import pytest
import structlog

from hub.plugin import Notification, hookimpl
from hub.registry import BudgetExceeded, PluginBug, Status, calls
from hub.registry.breaker import PROBE_EVERY, STRIKES
from hub.registry.guard import THREADS

from .conftest import SHORT, Base, install

NOTE = Notification(key="k", title="t")


@pytest.fixture
def plugin_threads():
    """Return the threads of a plugin that this test has started."""
    before = set(threading.enumerate())

    def threads(name):
        return [each for each in set(threading.enumerate()) - before if each.name == f"plugin-{name}"]

    return threads


@pytest.fixture
def registry(plugin_threads, load):
    return load(install("x", Base), install("y", Base))


def boom(*_):
    raise ValueError("boom")


def until(condition):
    """Wait until a condition holds."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)


@pytest.mark.parametrize(
    "kind", [calls.VERIFY, calls.PARSE, calls.NOTIFY, calls.RESOLVE], ids=lambda kind: kind.name
)
def test_a_plugin_that_sleeps_for_ever_never_has_more_than_its_threads(
    registry, plugin_threads, forever, kind
):
    for _ in range(3 * THREADS):
        with pytest.raises(Exception, match="plugin x"):
            registry.guard.call("x", kind, forever, budget=SHORT / 3)

    assert len(plugin_threads("x")) == THREADS
    assert registry.instance("x").status is Status.FAILING
    assert (registry.guard.call("y", calls.PARSE, lambda: []), registry.instance("y").status) == (
        (),
        "active",
    )
    assert len(plugin_threads("y")) == 1


def test_a_plugin_that_spins_is_given_up_like_one_that_sleeps(registry):
    over = threading.Event()

    def spin():
        while not over.is_set():
            time.sleep(0)

    for _ in range(THREADS):
        with pytest.raises(BudgetExceeded):
            registry.guard.call("x", calls.NOTIFY, spin, budget=SHORT)
    assert registry.guard.call("y", calls.NOTIFY, lambda: [NOTE]) == (NOTE,)
    over.set()

    assert registry.instance("x").status is Status.FAILING


def test_a_plugin_that_raises_every_other_time_goes_on_working(registry):
    for number in range(20):
        if number % 2:
            registry.guard.call("x", calls.NOTIFY, lambda: [])
        else:
            with pytest.raises(PluginBug):
                registry.guard.call("x", calls.NOTIFY, boom)

    assert registry.instance("x").status is Status.ACTIVE
    (count,) = (each for each in registry.guard.counters.drain() if each.hook == "notify")
    assert (count.calls, count.failures) == (20, 10)


def test_threads_that_a_plugin_leaves_behind_are_not_threads_of_its_calls(registry, plugin_threads):
    over = threading.Event()

    def leak():
        threading.Thread(target=over.wait, daemon=True).start()
        return []

    for _ in range(20):
        registry.guard.call("x", calls.NOTIFY, leak)
    over.set()

    assert len(plugin_threads("x")) == 1
    assert registry.instance("x").status is Status.ACTIVE


@pytest.mark.parametrize("text", ["half a pair \ud800", "nothing \0", "two\nlines", "\x1b[31mred"], ids=ascii)
def test_what_a_plugin_says_fits_into_every_database_log_and_terminal(registry, text):
    def bug():
        raise ValueError(text)

    for _ in range(STRIKES):
        with pytest.raises(PluginBug):
            registry.guard.call("x", calls.NOTIFY, bug)
    (count,) = (each for each in registry.guard.counters.drain() if each.hook == "notify")

    for said in (registry.instance("x").reason, count.last_error):
        assert said.isprintable()
        said.encode()


# the event loop


def test_what_keeps_the_event_loop_again_and_again_leaves_it(registry):
    with structlog.testing.capture_logs() as logs:
        for _ in range(5):
            registry.guard.inline("x", calls.VERIFY, lambda: time.sleep(0.06) and None)

    assert not registry.guard.is_quick("x", calls.VERIFY)
    assert (registry.guard.is_quick("x", calls.ACCEPT), registry.guard.is_quick("y", calls.VERIFY)) == (
        True,
        True,
    )
    (told,) = logs
    assert (told["plugin"], told["hook"], "inline=False" in told["advice"]) == ("x", "verify", True)


def test_what_keeps_the_event_loop_once_may_stay(registry):
    for seconds in (0.06, 0.06, 0, 0.06, 0.06):
        registry.guard.inline("x", calls.VERIFY, lambda seconds=seconds: time.sleep(seconds) and None)

    assert registry.guard.is_quick("x", calls.VERIFY)


# an editor, whom everybody's notifications pass


class Editor(Base):
    """Does what the test says."""

    def __init__(self, settings, ctx):
        super().__init__(settings, ctx)
        self.act = lambda notification: None

    @hookimpl
    def edit_notification(self, notification):
        return self.act(notification)


def failing_editor(load):
    """Return a registry with an editor that has failed often enough, and the editor."""
    registry = load(install("x", Editor))
    editor = registry.instance("x").plugin
    editor.act = boom
    for _ in range(STRIKES):
        registry.edit(NOTE)
    assert registry.instance("x").status is Status.FAILING
    return registry, editor


def test_nobody_waits_for_a_failing_editor_that_is_tried_out(load, clock, forever):
    registry, editor = failing_editor(load)
    tried = threading.Event()
    editor.act = lambda notification: tried.set() or forever()
    clock.move(PROBE_EVERY)

    edited = registry.edit(NOTE)

    assert [edit.outcome for edit in edited.edits] == ["skipped"]
    assert tried.wait(5)


def test_a_failing_editor_that_works_again_is_asked_again(load, clock):
    registry, editor = failing_editor(load)
    editor.act = lambda notification: notification.model_copy(update={"title": "edited"})
    clock.move(PROBE_EVERY)

    assert registry.edit(NOTE).notification.title == "t"
    until(lambda: registry.instance("x").status is Status.ACTIVE)

    assert registry.edit(NOTE).notification.title == "edited"


def test_a_failing_editor_that_is_tried_out_too_slowly_stays_failing(load, clock):
    registry = load(
        install("x", Editor), tables={"x": {"budgets": {"edit_notification": timedelta(milliseconds=50)}}}
    )
    editor = registry.instance("x").plugin
    editor.act = boom
    for _ in range(STRIKES):
        registry.edit(NOTE)
    registry.guard.counters.drain()
    editor.act = lambda notification: time.sleep(0.1)
    clock.move(PROBE_EVERY)
    registry.edit(NOTE)

    until(lambda: sum(count.over_budget for count in registry.guard.counters.drain()) == 1)
    assert registry.instance("x").status is Status.FAILING


def test_an_editor_has_less_time_than_what_only_its_own_plugin_waits_for(load):
    registry = load(install("x", Editor))

    assert registry.guard._budget("x", calls.EDIT_NOTIFICATION) < registry.guard._budget("x", calls.NOTIFY)
    assert registry.guard._budget("x", calls.EDIT_NOTIFICATION) == timedelta(seconds=2)
