"""A plugin that keeps failing: it is left alone for a while, its events wait, and nobody else notices."""

from datetime import timedelta

import pytest
from echo import TOKEN, EchoPlugin

from hub.registry import Status
from hub.testing import InstalledPlugin


@pytest.fixture
def hub_plugins():
    return [InstalledPlugin("echo", EchoPlugin), InstalledPlugin("other", EchoPlugin)]


@pytest.fixture
def hub(fresh_hub):
    return fresh_hub


@pytest.fixture
def calls(echo):
    """Break the echo; return the list that grows with each call."""
    made = []

    def fail(fields):
        made.append(fields["key"])
        raise ValueError("boom")

    echo.in_notify = fail
    return made


def status(hub):
    return hub.app.registry.instance("echo").status


@pytest.mark.every_backend
def test_rows_of_a_failing_plugin_wait_and_run_after_it_recovers(hub, echo, tell, calls):
    answers = [tell(f"{n:02}").status_code for n in range(30)]
    assert (answers, status(hub)) == ([200] * 30, Status.FAILING)
    assert len(calls) < 15

    echo.in_notify = lambda fields: None
    for _ in range(5):
        hub.move(timedelta(minutes=1))
    assert status(hub) is Status.ACTIVE
    assert {event.state for event in hub.events} == {"processed"}
    assert len(hub.shown("1")) == 30


def test_a_failing_plugin_is_tried_now_and_then_with_one_row(hub, tell, calls):
    for n in range(30):
        tell(f"{n:02}")
    before = len(calls)
    hub.move(timedelta(seconds=31))
    hub.settle()

    assert len(calls) == before + 1


def test_waiting_for_a_failing_plugin_is_no_attempt(hub, tell, calls):
    for n in range(30):
        tell(f"{n:02}")

    assert sum(event.attempts for event in hub.events) == len(calls)


def test_a_failing_plugin_is_nobody_elses_trouble(hub, tell, calls):
    for n in range(10):
        tell(f"{n:02}")
    response = hub.receive("other", {"key": "a"}, headers=TOKEN)

    assert response.status_code == 200
    assert [card.text for card in hub.shown("1")] == ["[b]a[/b]"]


@pytest.mark.every_backend
def test_the_status_is_written_down_for_other_processes(hub, tell, calls):
    for n in range(10):
        tell(f"{n:02}")

    written = hub.app.plugin_statuses.all()["echo"]
    assert (written.status, "notify failed 5 times" in written.reason) == ("failing", True)
    (counted,) = (each for each in hub.app.plugin_stats.counters("echo") if each.hook == "notify")
    assert (counted.failures, "boom" in counted.last_error) == (len(calls), True)
