"""``GET /metrics``: what a hub counts while it works, and what waits in it."""

import sqlite3
from collections import Counter
from datetime import timedelta

import pytest
from echo import raising
from scrapes import Scrape, of

from hub.plugin import PermanentFailure, RetryLater
from hub.testing import running_hub


def ended(state):
    return of("hub_events_ended_total", plugin="echo", state=state)


def delivered(state):
    return of("hub_deliveries_total", plugin="echo", state=state)


def rejected(reason, plugin="echo"):
    return of("hub_requests_rejected_total", plugin=plugin, reason=reason)


def test_an_event_is_counted_at_every_step(rise, tell):
    assert rise(
        lambda: tell("a"),
        of("hub_events_accepted_total", plugin="echo"),
        ended("processed"),
        of("hub_notifications_total", plugin="echo"),
        delivered("sent"),
        of("hub_delivery_seconds_count", lane="normal"),
        of("hub_commit_rows_sum"),
    ) == [1, 1, 1, 1, 1, 1]


def test_a_repeat_is_a_duplicate_and_no_event(rise, tell):
    tell("a")

    assert rise(
        lambda: tell("a"),
        of("hub_events_duplicate_total", plugin="echo"),
        of("hub_events_accepted_total", plugin="echo"),
    ) == [1, 0]


def test_a_fact_that_was_told_before_is_no_new_notification(rise, tell):
    tell("a", id="first")

    assert rise(
        lambda: tell("a", id="second"), ended("processed"), of("hub_notifications_total", plugin="echo")
    ) == [1, 0]


def test_an_event_of_which_nothing_is_told_is_ignored(rise, tell):
    assert rise(lambda: tell("a", quiet=True), ended("ignored")) == 1


def test_a_request_with_a_wrong_signature_is_rejected_for_it(rise, hub):
    assert rise(lambda: hub.client.post("/in/echo", content=b"{}"), rejected("signature")) == 1


def test_an_unreadable_request_is_rejected_for_its_payload(rise, hub):
    send = hub.receive
    token = {"authorization": "Bearer echo-token"}
    assert rise(lambda: send("echo", b"not json", headers=token), rejected("payload")) == 1


def test_a_request_that_is_too_large_is_rejected_for_its_size(rise, hub):
    body = b"x" * (2 * 1024 * 1024)
    assert rise(lambda: hub.client.post("/in/echo", content=body), rejected("size")) == 1


def test_a_stranger_cannot_make_series_with_addresses(rise, hub):
    def knock():
        hub.client.post("/in/no-such-plugin")
        hub.client.post("/in/echo/no/such/path")

    assert rise(knock, rejected("address", plugin=""), rejected("address")) == [1, 1]
    assert "no-such" not in Scrape(hub).text


def test_a_source_that_cannot_take_requests_is_told_by_the_plugin(rise, hub, tell, echo):
    echo.in_accept = raising(ZeroDivisionError())
    assert rise(lambda: tell("a"), rejected("plugin")) == 1


def test_a_database_that_does_not_take_an_event_rejects_the_request(rise, hub, tell):
    def send():
        with sqlite3.connect(hub.app.database.path) as connection:
            connection.execute("ALTER TABLE inbox RENAME TO away")
            tell("a", settle=False)
            connection.execute("ALTER TABLE away RENAME TO inbox")
        connection.close()

    assert rise(send, rejected("storage")) == 1


@pytest.mark.parametrize(
    ("error", "sample"),
    [
        (PermanentFailure("no"), ended("failed")),
        (RetryLater("not yet"), of("hub_events_retried_total", plugin="echo")),
        (ZeroDivisionError(), of("hub_plugin_failures_total", plugin="echo", hook="notify")),
    ],
    ids=["never works", "later", "bug"],
)
def test_an_event_that_does_not_work_is_counted_by_what_becomes_of_it(rise, tell, echo, error, sample):
    echo.in_notify = raising(error)
    assert rise(lambda: tell("a"), sample) == 1


def test_calls_to_the_portal_are_counted_by_method_and_outcome(rise, tell):
    send = "imbot.v2.chat.message.send"
    assert rise(
        lambda: tell("a"),
        of("hub_portal_calls_total", method=send, outcome="ok"),
        of("hub_portal_request_seconds_count", method=send),
    ) == [1, 1]


def test_an_event_that_waits_has_an_age(hub, tell, echo):
    echo.in_notify = raising(RetryLater("not yet", after=timedelta(hours=1)))
    tell("a")
    hub.clock.move(timedelta(seconds=30))

    now = Scrape(hub)
    assert (
        now("hub_inbox_waiting", plugin="echo"),
        now("hub_inbox_oldest_waiting_seconds", plugin="echo"),
    ) == (1, 30)


def test_what_never_happened_is_shown_as_zero(hub):
    assert Scrape(hub).text.count('hub_deliveries_total{plugin="echo",state="dead"} 0.0') == 1


def test_a_database_that_is_away_takes_only_its_own_numbers_with_it(hub, tell):
    tell("a")
    hub.clock.move(timedelta(seconds=6))
    with sqlite3.connect(hub.app.database.path) as connection:
        connection.execute("ALTER TABLE outbox RENAME TO away")
        away = Scrape(hub)
        connection.execute("ALTER TABLE away RENAME TO outbox")
    connection.close()
    hub.clock.move(timedelta(seconds=6))
    back = Scrape(hub)

    assert (away("hub_database_up"), away.has("hub_outbox_waiting")) == (0, False)
    assert away("hub_events_accepted_total", plugin="echo") > 0
    assert (back("hub_database_up"), back.has("hub_outbox_waiting")) == (1, True)


def test_no_sample_is_shown_twice(hub, tell):
    tell("a")
    lines = [line.rpartition(" ")[0] for line in Scrape(hub).text.splitlines() if not line.startswith("#")]
    assert [line for line, times in Counter(lines).items() if times > 1] == []


def test_the_format_is_the_one_that_the_scraper_asks_for(hub):
    accept = {"accept": "application/openmetrics-text; version=1.0.0"}
    response = hub.client.get("/metrics", headers=accept)
    assert response.headers["content-type"].startswith("application/openmetrics-text")
    assert response.text.endswith("# EOF\n")


def test_a_listener_of_its_own_leaves_nothing_on_the_main_port(tmp_path):
    settings = {"hub": {"metrics_listen": "127.0.0.1:0"}}
    with running_hub(settings, plugins=[], folder=tmp_path) as hub:
        assert hub.client.get("/metrics").status_code == 404
