"""The ledger check: quiet while the hub works, loud once when a row is gone."""

import threading

import pytest
import structlog
from echo import TOKEN, EchoPlugin, raising
from sqlalchemy import delete

from hub.plugin import InvalidPayload, PermanentFailure, RetryLater
from hub.storage.tables import Outbox
from hub.testing import InstalledPlugin, running_hub


@pytest.fixture
def busy_hub(database_url, tmp_path):
    """A hub on each kind of database."""
    plugins = [InstalledPlugin("echo", EchoPlugin)]
    with running_hub({"hub": {"database_url": database_url}}, plugins=plugins, folder=tmp_path) as hub:
        yield hub


def logged(hub):
    with structlog.testing.capture_logs() as logs:
        hub.app.ledger.check()
    return [(log["log_level"], log["event"], log["table"], log["row"], log["what"]) for log in logs]


def test_a_deleted_row_is_told_once_and_once_more_when_it_is_back(hub, tell):
    tell("a")
    (row,) = hub.deliveries
    assert logged(hub) == []

    gap = ("outbox", "", "rows missing: 1")
    with hub.app.database.write() as session:
        session.execute(delete(Outbox))
    assert logged(hub) == [("warning", "ledger gap", *gap)]
    assert logged(hub) == []
    assert [each.what for each in hub.app.ledger.last().gaps] == ["rows missing: 1"]

    with hub.app.database.write() as session:
        session.merge(row)
    assert logged(hub) == [("info", "ledger gap is gone", *gap)]


def test_no_gap_is_seen_while_events_are_accepted_processed_and_delivered(busy_hub):
    def send(dialog):
        for number in range(25):
            event = {"key": f"{dialog}-{number}", "thread": f"t{number % 5}", "to": [f"user:{dialog}"]}
            busy_hub.receive("echo", event, headers=TOKEN, settle=False)

    senders = [threading.Thread(target=send, args=(dialog,)) for dialog in (1, 2)]
    for sender in senders:
        sender.start()
    seen = []
    while any(sender.is_alive() for sender in senders):
        seen += [*busy_hub.app.ledger.examine(), *busy_hub.app.ledger.check().gaps]
    busy_hub.settle()

    assert seen == []
    report = busy_hub.app.ledger.check()
    assert (report.gaps, report.tables["inbox"].kept, report.tables["notifications"].kept) == ((), 50, 50)


@pytest.mark.parametrize("error", [PermanentFailure, InvalidPayload, RetryLater])
def test_a_plugin_that_gives_no_reason_leaves_no_gap(hub, echo, tell, error):
    echo.in_notify = raising(error(""))
    tell("a")

    assert hub.app.ledger.examine() == ()
    assert hub.events[0].reason == "the plugin gave no reason"


def test_a_rejection_without_a_reason_is_none_the_less_one(hub, echo, tell):
    echo.in_accept = raising(InvalidPayload(""))
    tell("a")

    (event,) = hub.events
    assert (event.state, event.reason) == ("rejected", "the plugin gave no reason")
