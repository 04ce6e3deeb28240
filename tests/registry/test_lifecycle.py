"""Start, set-up, end."""

import threading
from datetime import timedelta

import pytest

from hub.plugin import Delivery, DeliveryState, PermanentFailure, RetryLater, hookimpl
from hub.registry import PluginBug, Status, Unavailable, UnknownInstance, calls
from hub.registry.breaker import PROBE_EVERY, WINDOW

from .conftest import SHORT, Base, install

DELIVERY = Delivery(id="d1", notification="n1", key="k", dialog="1", state=DeliveryState.SENT)


def _with(hook, function):
    return type("Made", (Base,), {hook: hookimpl(function)})


def _raiser(error):
    def hook(self):
        raise error

    return hook


def test_every_instance_is_started(load):
    started = []
    registry = load(
        install("a", _with("startup", lambda self: started.append("a"))),
        install("b", _with("startup", lambda self: started.append("b"))),
        install("c", Base),
    )

    registry.startup()

    assert sorted(started) == ["a", "b"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (RetryLater("the other side is away"), "startup: the other side is away; it is tried again"),
        (OSError("no route"), "startup raised OSError: no route; it is tried again"),
        (SystemExit(1), "startup raised SystemExit: 1; it is tried again"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_instance_that_cannot_start_is_failing_and_the_others_are_not(load, error, reason):
    registry = load(install("bad", _with("startup", _raiser(error))), install("good", Base))

    registry.startup()

    assert (registry.instance("bad").status, registry.instance("bad").reason) == (Status.FAILING, reason)
    assert not registry.may_try("bad")
    assert registry.instance("good").status is Status.ACTIVE


def test_an_instance_that_sleeps_at_startup_is_failing(load, forever):
    registry = load(
        install("x", _with("startup", lambda self: forever())), tables={"x": {"budgets": {"startup": SHORT}}}
    )

    registry.startup()

    assert registry.instance("x").reason == "startup gave no result within 0.15 s; it is tried again"


def test_a_start_is_tried_again_every_thirty_seconds_until_it_works(load, clock):
    outcomes = [RetryLater("away"), OSError("still away"), None]
    tried = []

    def startup(self):
        tried.append(clock.now())
        error = outcomes.pop(0)
        if error:
            raise error

    registry = load(install("x", _with("startup", startup)))
    registry.startup()
    for _ in range(3):
        registry.retry_startups()
        clock.move(PROBE_EVERY)
        registry.retry_startups()

    assert len(tried) == 3
    assert registry.instance("x").status is Status.ACTIVE
    assert [change.status for change in registry.status_changes()] == [Status.FAILING, Status.ACTIVE]


def test_nothing_but_a_start_ends_a_failed_start(load, clock):
    registry = load(install("x", _with("startup", _raiser(RetryLater("away")))))
    registry.startup()
    clock.move(2 * WINDOW)

    registry.guard.inline("x", calls.VERIFY, lambda: None)

    assert registry.instance("x").status is Status.FAILING
    assert not registry.may_try("x")


def test_subscribe_says_whether_there_was_anything_to_do(load):
    done = []
    registry = load(install("a", _with("subscribe", lambda self: done.append(1))), install("b", Base))

    assert (registry.subscribe("a"), registry.subscribe("b")) == (True, False)
    assert done == [1]


def test_subscribe_tells_what_went_wrong(load):
    registry = load(
        install("refused", _with("subscribe", _raiser(PermanentFailure("no rights")))),
        install("buggy", _with("subscribe", _raiser(KeyError("a")))),
        install("off", Base),
        tables={"off": {"enabled": False}},
    )

    with pytest.raises(PermanentFailure):
        registry.subscribe("refused")
    with pytest.raises(PluginBug):
        registry.subscribe("buggy")
    with pytest.raises(Unavailable):
        registry.subscribe("off")
    with pytest.raises(UnknownInstance):
        registry.subscribe("nobody")


def test_every_instance_is_shut_down_whatever_the_others_do(load, forever):
    ended = threading.Event()
    registry = load(
        install("buggy", _with("shutdown", _raiser(SystemExit()))),
        install("refusing", _with("shutdown", _raiser(RetryLater("later")))),
        install("asleep", _with("shutdown", lambda self: forever())),
        install("tidy", _with("shutdown", lambda self: ended.set())),
    )

    registry.shutdown(within=timedelta(milliseconds=200))

    assert ended.wait(5)


def test_a_delivery_is_told_to_its_own_instance_only(load):
    told = []

    def finished(self, delivery):
        told.append((self.ctx.name, delivery))

    registry = load(install("a", _with("delivery_finished", finished)), tables={"b": {"use": "a"}})

    registry.delivery_finished("a", DELIVERY)
    registry.delivery_finished("gone", DELIVERY)

    assert told == [("a", DELIVERY)]


@pytest.mark.parametrize("error", [KeyError("a"), RetryLater("later")], ids=repr)
def test_a_plugin_that_fails_to_hear_of_a_delivery_is_counted_and_nothing_else(load, error):
    def finished(self, delivery):
        raise error

    registry = load(install("a", _with("delivery_finished", finished)))

    registry.delivery_finished("a", DELIVERY)

    counts = {count.hook: count for count in registry.guard.counters.drain()}
    assert counts["delivery_finished"].calls == 1
