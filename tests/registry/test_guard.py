"""Calls into plugins: bounded, checked, translated, each in its own corner."""

import asyncio
import contextvars
import gc
import threading
import weakref
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from pydantic import BaseModel

from hub.plugin import (
    Answer,
    CatchUp,
    Health,
    InboundEvent,
    InvalidPayload,
    InvalidSignature,
    Item,
    Notification,
    PermanentFailure,
    PortalObject,
    Receipt,
    Recipient,
    Reply,
    RetryLater,
)
from hub.registry import BudgetExceeded, Guard, HeldUp, PluginBug, PoolExhausted, calls, outside
from hub.registry.guard import THREADS
from hub.settings import DEFAULT_BUDGETS

from .conftest import SHORT

EVENT = InboundEvent(event_id="1", title="t", occurred_at=datetime(2026, 1, 1, tzinfo=UTC))
NOTE = Notification(key="k", title="t")


def _raises(error):
    def function(*_):
        raise error

    return function


def _late_generator(*_):
    yield NOTE
    raise LookupError("at the end")


def _endless(*_):
    while True:
        yield NOTE


async def _in_the_loop(guard, *args):
    with suppress(InvalidPayload):
        await guard.call_async(*args)


def test_the_result_of_a_call_comes_back(guard):
    assert guard.call("x", calls.PARSE, lambda request: [EVENT], "request") == (EVENT,)


def test_a_call_runs_in_a_daemon_thread_of_its_plugin(guard):
    thread = guard.call("x", calls.LOAD, threading.current_thread)

    assert (thread.name, thread.daemon) == ("plugin-x", True)


def test_one_call_after_another_needs_one_thread(guard):
    assert len({guard.call("x", calls.LOAD, threading.get_ident) for _ in range(20)}) == 1


def test_after_its_end_no_thread_is_left_and_no_call_is_done(guard):
    thread = guard.call("x", calls.LOAD, threading.current_thread)

    guard.close()
    thread.join(60)

    assert not thread.is_alive()
    with pytest.raises(PoolExhausted):
        guard.call("x", calls.LOAD, threading.current_thread)


def test_an_instance_has_at_most_four_threads(guard):
    meet = threading.Barrier(THREADS + 1)
    pending = [guard.submit("x", calls.LOAD, meet.wait) for _ in range(THREADS)]
    fifth = guard.submit("x", calls.LOAD, threading.get_ident)

    assert not fifth.ended(timedelta())
    meet.wait()
    for each in pending:
        each.result()
    assert isinstance(fifth.result(), int)


def test_a_quick_call_is_not_kept_waiting_by_those_that_wait_for_others(guard):
    opened = threading.Event()
    waiting = [guard.submit("x", calls.NOTIFY, lambda: opened.wait() and ()) for _ in range(THREADS)]

    assert guard.call("x", calls.COALESCE, lambda: "deal:1201") == "deal:1201"
    assert not any(each.ended(timedelta()) for each in waiting)
    opened.set()


def test_quick_calls_that_never_end_stop_the_instance_too(guard):
    opened = threading.Event()
    for _ in range(THREADS):
        with pytest.raises(BudgetExceeded):
            guard.call("x", calls.COALESCE, opened.wait, budget=SHORT)

    assert (
        guard.breaker.reason("x")
        == "all 4 threads are stuck, last in coalesce; restart the hub if this lasts"
    )
    opened.set()


def test_context_variables_are_those_of_the_caller(guard):
    unit = contextvars.ContextVar("unit", default="none")
    unit.set("mine")

    def generator():
        yield Notification(key=unit.get(), title="t")

    assert guard.call("x", calls.NOTIFY, generator)[0].key == "mine"


def test_what_a_call_does_to_context_variables_stays_in_the_call(guard):
    unit = contextvars.ContextVar("unit", default="none")

    guard.call("x", calls.LOAD, unit.set, "theirs")

    assert unit.get() == "none"


@pytest.mark.parametrize(
    "error",
    [InvalidSignature(), InvalidPayload("no"), RetryLater("later"), PermanentFailure("never")],
    ids=lambda error: type(error).__name__,
)
def test_what_a_plugin_says_on_purpose_comes_through(guard, error):
    with pytest.raises(type(error)) as caught:
        guard.call("x", calls.PARSE, _raises(error))

    assert caught.value is error


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (_raises(KeyError("a")), "raised KeyError: 'a'"),
        (_raises(SystemExit(1)), "raised SystemExit: 1"),
        (_raises(KeyboardInterrupt()), "raised KeyboardInterrupt"),
        (_raises(TimeoutError("socket")), "raised TimeoutError: socket"),
        (_raises(StopIteration()), "raised StopIteration"),
        (_late_generator, "raised LookupError: at the end"),
        (_endless, "returned more than 10000 Notification"),
        (lambda: None, "must return several Notification, not None"),
        (lambda: NOTE, "must return several Notification, not Notification"),
        (lambda: [NOTE, "text"], "must return only Notification, not str"),
    ],
)
def test_anything_else_is_a_bug_of_the_plugin(guard, function, said):
    with pytest.raises(PluginBug) as caught:
        guard.call("x", calls.NOTIFY, function)

    assert (caught.value.instance, caught.value.hook, caught.value.message) == ("x", "notify", said)
    assert caught.value.__cause__ is not None


def test_a_coroutine_is_refused_without_a_warning(guard):
    async def notify():
        return ()

    with pytest.raises(PluginBug, match="write 'def' and not 'async def'"):
        guard.call("x", calls.NOTIFY, notify)


@pytest.mark.parametrize(
    ("kind", "returned", "result"),
    [
        (calls.VERIFY, None, None),
        (calls.ACCEPT, Receipt(items=[Item(key="a", body=b"b")]), Receipt(items=(Item(key="a", body=b"b"),))),
        (calls.ANSWER, Answer(), Answer()),
        (calls.PARSE, (EVENT,), (EVENT,)),
        (calls.NOTIFY, {NOTE.key: NOTE}.values(), (NOTE,)),
        (calls.COALESCE, "lead:1", "lead:1"),
        (
            calls.CATCH_UP,
            CatchUp(objects=[PortalObject(kind="lead", id="1")], cursor="c"),
            CatchUp(objects=(PortalObject(kind="lead", id="1"),), cursor="c"),
        ),
        (calls.RESOLVE, [Recipient(kind="user", id="1")], (Recipient(kind="user", id="1"),)),
        (calls.COMMAND, None, None),
        (calls.COMMAND, Reply(text="done"), Reply(text="done")),
        (calls.JOB, [], ()),
        (calls.TIMER, iter([NOTE]), (NOTE,)),
        (calls.CHECK, Health(ok=True), Health(ok=True)),
        (calls.STARTUP, None, None),
        (calls.EDIT_NOTIFICATION, None, None),
        (calls.EDIT_NOTIFICATION, NOTE, NOTE),
    ],
)
def test_a_good_result_is_taken(guard, kind, returned, result):
    assert guard.call("x", kind, lambda: returned) == result


@pytest.mark.parametrize(
    ("kind", "returned"),
    [
        (calls.VERIFY, False),
        (calls.VERIFY, True),
        (calls.ACCEPT, None),
        (calls.ACCEPT, Receipt(items=[Item(key=5)])),
        (calls.ACCEPT, Receipt(items=[Item(key="")])),
        (calls.ACCEPT, Receipt(items=[Item(body="text")])),
        (calls.ACCEPT, Receipt(items=None)),
        (calls.ACCEPT, Receipt(answer=200)),
        (calls.ANSWER, "ok"),
        (calls.PARSE, "events"),
        (calls.COALESCE, 1),
        (calls.CATCH_UP, CatchUp(objects=(), cursor=1)),
        (calls.CATCH_UP, CatchUp(objects=[{"id": 1}], cursor="")),
        (calls.RESOLVE, ["user:1"]),
        (calls.COMMAND, "done"),
        (calls.CHECK, True),
        (calls.EDIT_NOTIFICATION, "text"),
        (calls.DELIVERY_FINISHED, True),
    ],
)
def test_a_wrong_result_is_a_bug(guard, kind, returned):
    with pytest.raises(PluginBug, match="must return"):
        guard.call("x", kind, lambda: returned)


def test_at_the_budget_the_hub_stops_waiting(guard, forever):
    with pytest.raises(BudgetExceeded, match=r"plugin x: parse gave no result within 0\.15 s"):
        guard.call("x", calls.PARSE, forever, budget=SHORT)


def test_who_waited_outside_for_most_of_the_budget_is_held_up(guard, forever):
    def wait():
        with outside():
            forever()

    with pytest.raises(HeldUp, match=r"gave no result within 0\.15 s, because the portal is slow"):
        guard.call("x", calls.PARSE, wait, budget=SHORT)


def test_who_came_back_from_outside_and_does_not_end_is_over_budget(guard, forever):
    def dawdle():
        with outside():
            pass
        forever()

    with pytest.raises(BudgetExceeded) as found:
        guard.call("x", calls.PARSE, dawdle, budget=SHORT)
    assert not isinstance(found.value, HeldUp)


def test_threads_that_wait_outside_are_not_stuck(guard, forever):
    def wait():
        with outside(), outside():
            forever()

    for _ in range(THREADS):
        with pytest.raises(HeldUp):
            guard.call("x", calls.NOTIFY, wait, budget=SHORT)
    with pytest.raises(PoolExhausted):
        guard.call("x", calls.NOTIFY, forever, budget=SHORT)

    assert guard.breaker.reason("x") is None


def test_an_instance_may_have_budgets_of_its_own(clock, forever):
    guard = Guard(clock, {"x": {"parse": SHORT}})

    with pytest.raises(BudgetExceeded):
        guard.call("x", calls.PARSE, forever)


def test_every_kind_of_call_has_a_budget():
    kinds = [kind for kind in vars(calls).values() if isinstance(kind, calls.Call)]

    assert {kind.budget_key for kind in kinds} == set(DEFAULT_BUDGETS)


def test_a_late_result_is_discarded_and_said_so(guard):
    finish, finished = threading.Event(), threading.Event()

    def slow():
        finish.wait()
        return [NOTE]

    with structlog.testing.capture_logs() as logs:
        with pytest.raises(BudgetExceeded):
            guard.call("x", calls.NOTIFY, slow, budget=SHORT, object_id="e1")
        finish.set()
        # the same thread takes the next call once it is through with the late one
        while "late result discarded" not in [log["event"] for log in logs]:
            guard.call("x", calls.LOAD, finished.set)

    assert guard.call("x", calls.NOTIFY, lambda: []) == ()


def test_a_sleeping_plugin_does_not_slow_another(guard, forever):
    asleep = [guard.submit("sleepy", calls.NOTIFY, forever) for _ in range(2 * THREADS)]

    assert guard.call("awake", calls.NOTIFY, lambda: [NOTE]) == (NOTE,)
    assert not any(each.ended(timedelta()) for each in asleep)


def test_with_every_thread_stuck_nothing_is_run(guard, forever):
    for _ in range(THREADS):
        with pytest.raises(BudgetExceeded):
            guard.call("x", calls.NOTIFY, forever, budget=SHORT)
    ran = []

    with pytest.raises(PoolExhausted, match="found none of the 4 threads free"):
        guard.call("x", calls.NOTIFY, ran.append, 1)

    assert ran == []


def test_a_call_that_finds_no_thread_in_time_is_never_run(guard, forever):
    for _ in range(THREADS):
        guard.submit("x", calls.NOTIFY, forever)  # busy, and within their ten seconds
    ran = []

    with pytest.raises(PoolExhausted):
        guard.call("x", calls.LOAD, ran.append, 1, budget=SHORT)

    assert ran == []


def test_a_stuck_thread_that_comes_back_is_used_again(guard):
    stuck = threading.Event()
    for _ in range(THREADS):
        with pytest.raises(BudgetExceeded):
            guard.call("x", calls.NOTIFY, lambda: stuck.wait() and [], budget=SHORT)
    stuck.set()

    while True:
        try:
            assert guard.call("x", calls.NOTIFY, lambda: [NOTE]) == (NOTE,)
            break
        except PoolExhausted:
            continue


def test_inline_calls_run_here_and_now(guard):
    assert guard.inline("x", calls.LOAD, threading.current_thread) is threading.current_thread()


def test_inline_calls_are_translated_alike(guard):
    with pytest.raises(InvalidSignature):
        guard.inline("x", calls.VERIFY, _raises(InvalidSignature()))
    with pytest.raises(PluginBug):
        guard.inline("x", calls.VERIFY, _raises(SystemExit()))
    with pytest.raises(PluginBug):
        guard.inline("x", calls.VERIFY, lambda: True)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda guard, *args: guard.inline(*args), id="inline"),
        pytest.param(lambda guard, *args: guard.call(*args), id="waited-for"),
        pytest.param(lambda guard, *args: asyncio.run(_in_the_loop(guard, *args)), id="in-the-loop"),
    ],
)
def test_what_a_refused_call_has_read_goes_at_once(guard, call):
    """Bodies are large and cycles few, so the garbage collector is told to come by seldom."""
    read = []

    def parse(request):
        found = InboundEvent(event_id="1", title="t", occurred_at=EVENT.occurred_at)
        read.append(weakref.ref(found))
        raise InvalidPayload(f"no such {found.title}")

    gc.disable()
    try:
        with suppress(InvalidPayload):
            call(guard, "x", calls.PARSE, parse, "request")
        assert read[0]() is None
    finally:
        gc.enable()


def test_the_operator_can_interrupt_an_inline_call(guard):
    with pytest.raises(KeyboardInterrupt):
        guard.inline("x", calls.VERIFY, _raises(KeyboardInterrupt()))


def test_an_inline_call_that_is_too_slow_counts_as_a_failure_and_its_result_stands(clock):
    guard = Guard(clock, {"x": {"accept": timedelta(microseconds=1)}})

    assert guard.inline("x", calls.ACCEPT, lambda: Receipt(items=tuple(Item() for _ in range(1000))))
    (count,) = guard.counters.drain()
    assert (count.calls, count.failures, count.over_budget) == (1, 1, 1)


class _Body(BaseModel):
    password: int


SECRET = "s3cret"


def _misreads(body):
    try:
        _Body.model_validate(body)
    except ValueError as exc:
        raise RuntimeError("cannot read") from exc


def test_a_bug_is_logged_once_with_its_traceback_and_without_arguments(guard):
    with structlog.testing.capture_logs() as logs, pytest.raises(PluginBug):
        guard.call("x", calls.COMMAND, _misreads, {"password": SECRET}, object_id="e17")

    (log,) = logs
    assert (log["event"], log["plugin"], log["hook"], log["object"]) == ("plugin bug", "x", "command", "e17")
    assert "in _misreads" in log["exception"]
    assert "password: int_parsing" in log["exception"]
    assert "RuntimeError: cannot read" in log["exception"]
    assert SECRET not in str(log)


def test_an_error_that_cannot_be_printed_is_still_told(guard):
    class Mute(Exception):
        def __str__(self):
            raise ValueError

    with pytest.raises(PluginBug, match="raised Mute"):
        guard.call("x", calls.COMMAND, _raises(Mute()))


def test_counts_are_what_happened_since_they_were_taken_last(guard, clock, forever):
    guard.call("x", calls.JOB, lambda: ())
    guard.call("x", calls.JOB, lambda: ())
    with pytest.raises(PluginBug):
        guard.call("x", calls.JOB, _raises(ValueError("bad")))
    with pytest.raises(RetryLater):
        guard.call("x", calls.JOB, _raises(RetryLater("later")))
    with pytest.raises(BudgetExceeded):
        guard.call("y", calls.CHECK, forever, budget=SHORT)

    job, check = guard.counters.drain()

    assert (job.instance, job.hook, job.calls, job.failures, job.over_budget) == ("x", "job", 4, 1, 0)
    assert (job.last_error, job.last_error_at) == ("raised ValueError: bad", clock.now())
    assert (check.instance, check.calls, check.failures, check.over_budget) == ("y", 1, 1, 1)
    assert guard.counters.drain() == []
