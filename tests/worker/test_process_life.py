"""The life of one process: what it refuses to start with, and how it stops without losing anything."""

import threading
import time

import pytest
from echo import TOKEN, EchoPlugin
from pydantic import ValidationError

from hub.plugin import ConfigurationError
from hub.testing import InstalledPlugin, running_hub

PLUGINS = [InstalledPlugin("echo", EchoPlugin)]


def test_a_second_hub_on_the_same_file_is_refused_with_the_reason(tmp_path):
    with (
        running_hub(plugins=PLUGINS, folder=tmp_path) as hub,
        pytest.raises(ConfigurationError, match="another `hub serve` is running on this database"),
        running_hub(plugins=PLUGINS, folder=tmp_path, sandbox=hub.bitrix24),
    ):
        pass


def test_the_first_hub_goes_on_after_a_second_was_refused(tmp_path):
    with running_hub(plugins=PLUGINS, folder=tmp_path) as hub:
        with (
            pytest.raises(ConfigurationError),
            running_hub(plugins=PLUGINS, folder=tmp_path, sandbox=hub.bitrix24),
        ):
            pass
        hub.receive("echo", {"key": "a"}, headers=TOKEN)

        assert len(hub.shown("1")) == 1


def test_the_file_is_free_again_after_a_stop(tmp_path):
    for _ in range(2):
        with running_hub(plugins=PLUGINS, folder=tmp_path) as hub:
            hub.receive("echo", {"key": "a"}, headers=TOKEN)
            duplicates = [event.duplicates for event in hub.events]
    assert duplicates == [1]


@pytest.mark.parametrize("broker", ["redis://127.0.0.1:1", "amqp://127.0.0.1:1"])
def test_sqlite_with_a_broker_is_refused_with_the_reason(tmp_path, broker):
    with (
        pytest.raises((ConfigurationError, ValidationError), match="SQLite serves one process"),
        running_hub({"hub": {"broker_url": broker}}, plugins=PLUGINS, folder=tmp_path),
    ):
        pass


def test_a_stop_finishes_what_is_in_flight(tmp_path):
    with running_hub(plugins=PLUGINS, folder=tmp_path) as hub:
        hub.receive("echo", {"key": "hello"}, headers=TOKEN)
        hub.bitrix24.faults.slow(0.3)
        hub.receive("echo", {"key": "a"}, headers=TOKEN, settle=False)
        hub.bitrix24.wait_for(lambda: len(hub.shown("1")) == 2)
        portal = hub.bitrix24
        hub.app.stop()

        assert [(row.key, row.state) for row in hub.deliveries] == [("hello", "sent"), ("a", "sent")]
        assert len(portal.shown("1")) == 2


def test_what_is_not_begun_at_a_stop_waits_for_the_next_start(tmp_path):
    with running_hub(plugins=PLUGINS, folder=tmp_path) as hub:
        echo = hub.app.registry.instance("echo").plugin
        reached, go = threading.Event(), threading.Event()

        def wait(fields):
            reached.set()
            go.wait(5)

        echo.in_notify = wait
        items = [{"key": f"{n}", "group": "one"} for n in range(10)]
        hub.receive("echo", {"items": items}, headers=TOKEN, settle=False)
        assert reached.wait(5)
        hub.app.process.stop()
        go.set()

    with running_hub(plugins=PLUGINS, folder=tmp_path) as hub:
        assert [event.state for event in hub.events].count("new") >= 9
        hub.settle()
        assert [card.text for card in hub.shown("1")][-1] == "[b]9[/b]"
        assert {event.state for event in hub.events} == {"processed"}
        assert all(event.attempts == 1 for event in hub.events)


def test_a_stop_does_not_wait_for_a_plugin_that_is_stuck(tmp_path, monkeypatch):
    monkeypatch.setattr("hub.worker.workers._STOP_WITHIN_MS", 300)
    for_ever = threading.Event()
    with running_hub(plugins=PLUGINS, folder=tmp_path) as hub:
        echo = hub.app.registry.instance("echo").plugin
        reached = threading.Event()

        def get_stuck(fields):
            reached.set()
            for_ever.wait()

        echo.in_notify = get_stuck
        hub.receive("echo", {"key": "a"}, headers=TOKEN, settle=False)
        assert reached.wait(5)
        began = time.monotonic()
    took = time.monotonic() - began
    for_ever.set()

    assert took < 3
    with running_hub(plugins=PLUGINS, folder=tmp_path) as hub:
        hub.settle()
        assert [event.state for event in hub.events] == ["processed"]


def test_a_stopped_hub_accepts_nothing_more(tmp_path):
    with running_hub(plugins=PLUGINS, folder=tmp_path) as hub:
        hub.app.writer.stop()
        response = hub.receive("echo", {"key": "a"}, headers=TOKEN, settle=False)

        assert (response.status_code, response.headers["retry-after"], hub.events) == (503, "5", [])


def test_a_hub_that_cannot_start_stops_cleanly(tmp_path):
    with (
        pytest.raises(ConfigurationError),
        running_hub({"bitrix24": {"webhook_url": ""}}, plugins=PLUGINS, folder=tmp_path),
    ):
        pass
    with running_hub(plugins=PLUGINS, folder=tmp_path) as hub:
        assert hub.events == []
