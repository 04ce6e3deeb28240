"""When an instance becomes failing, and how it comes back."""

from datetime import timedelta

import pytest
import structlog

from hub.plugin import InvalidPayload
from hub.registry import BudgetExceeded, PluginBug, PoolExhausted, Status, calls
from hub.registry.breaker import PROBE_EVERY, STRIKES, WINDOW
from hub.registry.guard import THREADS

from .conftest import SHORT, Base, install

SECOND = timedelta(seconds=1)


@pytest.fixture
def registry(load):
    return load(install("x", Base), install("y", Base))


def _fail(registry, kind=calls.NOTIFY, times=1):
    def bug():
        raise KeyError("a")

    for _ in range(times):
        with pytest.raises(PluginBug):
            registry.guard.call("x", kind, bug)


def _succeed(registry, kind=calls.NOTIFY):
    registry.guard.call("x", kind, lambda: () if kind is not calls.VERIFY else None)


def test_failures_in_a_row_make_an_instance_failing(registry, clock):
    _fail(registry, times=STRIKES)

    instance = registry.instance("x")
    assert instance.status is Status.FAILING
    assert instance.reason == "notify failed 5 times in a row, tried again: raised KeyError: 'a'"
    assert registry.instance("y").status is Status.ACTIVE
    assert [(change.instance, change.status, change.at) for change in registry.status_changes()] == [
        ("x", Status.FAILING, clock.now())
    ]
    assert registry.status_changes() == []


def test_fewer_failures_do_not(registry):
    _fail(registry, times=STRIKES - 1)

    assert registry.instance("x").status is Status.ACTIVE


def test_failures_with_a_success_between_them_are_not_in_a_row(registry):
    for _ in range(3):
        _fail(registry, times=STRIKES - 1)
        _succeed(registry)

    assert registry.instance("x").status is Status.ACTIVE


def test_failures_spread_over_more_than_a_minute_do_not_count(registry, clock):
    for _ in range(3 * STRIKES):
        _fail(registry)
        clock.move(WINDOW / (STRIKES - 1))

    assert registry.instance("x").status is Status.ACTIVE


def test_another_hook_that_works_hides_nothing(registry):
    for _ in range(STRIKES):
        _succeed(registry, calls.PARSE)
        _fail(registry)

    assert registry.instance("x").status is Status.FAILING


def test_what_a_plugin_says_on_purpose_is_no_failure(registry):
    def refuse():
        raise InvalidPayload("no")

    for _ in range(STRIKES):
        with pytest.raises(InvalidPayload):
            registry.guard.call("x", calls.PARSE, refuse)

    assert registry.instance("x").status is Status.ACTIVE


@pytest.mark.parametrize("kind", [calls.VERIFY, calls.ACCEPT, calls.ANSWER], ids=lambda kind: kind.name)
def test_what_strangers_can_call_never_stops_an_instance(registry, clock, kind):
    with structlog.testing.capture_logs() as logs:
        _fail(registry, kind, times=3 * STRIKES)
        assert registry.may_try("x")
        assert len(logs) == 1
        clock.move(WINDOW)
        _fail(registry, kind)

    assert [log["hook"] for log in logs] == [kind.name, kind.name]
    assert all("KeyError" in log["exception"] for log in logs)
    failures = {count.hook: count.failures for count in registry.guard.counters.drain()}
    assert failures[kind.name] == 3 * STRIKES + 1


def test_calls_of_strangers_that_stick_every_thread_do(registry, forever):
    for _ in range(THREADS):
        with pytest.raises(BudgetExceeded):
            registry.guard.call("x", calls.VERIFY, forever, budget=SHORT)

    assert registry.instance("x").status is Status.FAILING


def test_calls_over_budget_are_failures(registry, forever, clock):
    for _ in range(THREADS):
        with pytest.raises(BudgetExceeded):
            registry.guard.call("x", calls.NOTIFY, forever, budget=SHORT)

    instance = registry.instance("x")
    assert instance.status is Status.FAILING
    assert instance.reason == "all 4 threads are stuck, last in notify; restart the hub if this lasts"


def test_while_threads_are_stuck_nothing_brings_an_instance_back(registry, forever, clock):
    for _ in range(THREADS):
        with pytest.raises(BudgetExceeded):
            registry.guard.call("x", calls.NOTIFY, forever, budget=SHORT)
    clock.move(WINDOW)

    registry.guard.inline("x", calls.VERIFY, lambda: None)
    with pytest.raises(PoolExhausted):
        registry.guard.call("x", calls.NOTIFY, lambda: ())

    assert registry.instance("x").status is Status.FAILING


def test_a_failing_instance_is_tried_by_one_caller_every_thirty_seconds(registry, clock):
    _fail(registry, times=STRIKES)
    assert not registry.may_try("x")

    clock.move(PROBE_EVERY - SECOND)
    assert not registry.may_try("x")

    clock.move(SECOND)
    assert [registry.may_try("x") for _ in range(3)] == [True, False, False]

    clock.move(PROBE_EVERY)
    assert registry.may_try("x")


def test_a_failing_instance_rests_until_it_may_be_tried_and_asking_takes_no_turn(registry, clock):
    assert not registry.rests("x")

    _fail(registry, times=STRIKES)
    assert registry.rests("x")

    clock.move(PROBE_EVERY)
    assert [registry.rests("x"), registry.may_try("x"), registry.rests("x")] == [False, True, True]


def test_a_success_brings_an_instance_back(registry, clock):
    _fail(registry, times=STRIKES)
    clock.move(PROBE_EVERY)
    _succeed(registry)

    assert registry.instance("x").status is Status.ACTIVE
    assert registry.may_try("x")
    assert [change.status for change in registry.status_changes()] == [Status.FAILING, Status.ACTIVE]


def test_a_success_of_another_hook_does_not_while_the_failure_is_fresh(registry, clock):
    _fail(registry, times=STRIKES)
    clock.move(PROBE_EVERY)
    _succeed(registry, calls.PARSE)

    assert registry.instance("x").status is Status.FAILING


def test_a_success_of_another_hook_does_once_the_failure_is_old(registry, clock):
    _fail(registry, times=STRIKES)
    clock.move(WINDOW)
    _succeed(registry, calls.PARSE)

    assert registry.instance("x").status is Status.ACTIVE


def test_a_probe_that_fails_keeps_the_failure_fresh(registry, clock):
    _fail(registry, times=STRIKES)
    for _ in range(5):
        clock.move(PROBE_EVERY)
        _succeed(registry, calls.PARSE)
        _fail(registry)

    assert registry.instance("x").status is Status.FAILING
    assert len(registry.status_changes()) == 1


def test_after_coming_back_it_takes_as_many_failures_again(registry):
    _fail(registry, times=STRIKES)
    _succeed(registry)
    _fail(registry, times=STRIKES - 1)
    assert registry.instance("x").status is Status.ACTIVE

    _fail(registry)
    assert registry.instance("x").status is Status.FAILING


@pytest.mark.parametrize("name", ["nobody", "off"])
def test_what_cannot_work_is_never_tried(load, name):
    registry = load(install("off", Base), tables={"off": {"enabled": False}})

    assert not registry.may_try(name)
