"""Searching the log for one id tells what became of it."""

import sys

import pytest
import structlog
from structlog.testing import capture_logs


@pytest.fixture(autouse=True)
def loggers_as_new():
    """Let no logger speak as an earlier test wanted it to."""
    structlog.reset_defaults()
    for name, module in list(sys.modules.items()):
        if name.startswith("hub.") and hasattr(module, "log"):
            vars(module.log).pop("bind", None)


@pytest.fixture
def hub(lasting_hub):
    return lasting_hub


def phrases(lines, id):
    """Return what is said about *id*, in order."""
    return [line["event"] for line in lines if id in str(line)]


def test_an_id_leads_from_the_request_to_the_message(hub, tell):
    with capture_logs() as lines:
        tell("a")

    (event,), (notification,), (delivery,) = hub.events, hub.notifications, hub.deliveries
    assert phrases(lines, event.id) == ["events committed", "event processed"]
    assert phrases(lines, notification.id) == ["event processed", "delivery sent"]
    assert phrases(lines, delivery.id) == ["delivery sent"]


def test_a_line_about_a_message_names_instance_and_attempt(hub, tell):
    with capture_logs() as lines:
        tell("a")

    (sent,) = [line for line in lines if line["event"] == "delivery sent"]
    assert (sent["instance"], sent["attempt"], sent["log_level"]) == ("echo", 1, "info")


def test_a_repeat_names_the_event_that_was_there(hub, tell):
    tell("a")
    with capture_logs() as lines:
        tell("a")

    assert phrases(lines, hub.events[0].id) == ["request repeats what is known"]


def test_nothing_that_a_sender_wrote_is_said(hub, tell):
    with capture_logs() as lines:
        tell("a", title="my salary", text="is secret")

    assert lines
    assert "salary" not in str(lines)
    assert "secret" not in str(lines)
