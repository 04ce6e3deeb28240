"""From a message to one event an alert."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from hub.plugin import EventKind, Severity
from hub_plugin_alertmanager.links import http_url


def one(sender, payload, endpoint=""):
    (event,) = sender.events(payload, endpoint)
    return event


def with_alert(changed, **values):
    (alert,) = json.loads(changed("replica-lags.json"))["alerts"]
    return changed("replica-lags.json", alerts=[alert | values])


def test_a_firing_alert_is_a_problem(sender):
    event = one(sender, "replica-lags.json", "spb")
    assert event.kind is EventKind.PROBLEM
    assert event.title == "pg-replica-2 отстаёт на 340 с"
    assert event.text.endswith("Порог <120 с> & растёт.")
    assert event.occurred_at == datetime(2026, 11, 22, 9, 40, 12, 123456, UTC)
    assert event.url.startswith("http://prometheus.acme.example:9090/graph?")
    assert event.labels["severity"] == "page"
    assert event.labels["receiver"] == "bitrix24"
    assert event.labels["endpoint"] == "spb"


def test_a_resolved_alert_is_a_recovery_of_the_same_episode(sender):
    problem, recovery = one(sender, "replica-lags.json"), one(sender, "replica-caught-up.json")
    assert recovery.kind is EventKind.RECOVERY
    assert recovery.event_id == problem.event_id
    assert recovery.occurred_at == datetime(2026, 11, 22, 9, 58, 42, 123456, UTC)


def test_the_group_being_resolved_says_nothing_about_an_alert(sender):
    kinds = [event.kind for event in sender.events("third-probe-fails-one-recovers.json")]
    assert kinds == [EventKind.RECOVERY, EventKind.PROBLEM, EventKind.PROBLEM]


def test_a_future_end_does_not_make_a_firing_alert_resolved(sender, changed):
    event = one(sender, with_alert(changed, endsAt="2026-11-22T23:00:00Z"))
    assert event.kind is EventKind.PROBLEM


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("critical", Severity.CRITICAL),
        ("page", Severity.CRITICAL),
        ("error", Severity.ERROR),
        ("Warning", Severity.WARNING),
        ("info", Severity.INFO),
        ("none", Severity.INFO),
        ("P1-ish", Severity.WARNING),
        (None, Severity.WARNING),
    ],
)
def test_severity_is_read_from_the_label(sender, changed, word, severity):
    labels = {"alertname": "X"} | ({"severity": word} if word else {})
    event = one(sender, with_alert(changed, labels=labels))
    assert event.severity is severity
    assert event.labels.get("severity") == word


@pytest.mark.parametrize(
    ("annotations", "title", "text"),
    [
        pytest.param({"summary": "s", "description": "d"}, "s", "d", id="summary"),
        pytest.param({"description": "d", "message": "m"}, "d", "m", id="description"),
        pytest.param({"message": "m"}, "m", "", id="message"),
        pytest.param({"summary": "same", "description": "same"}, "same", "", id="not-said-twice"),
        pytest.param({"summary": " two\n lines "}, "two lines", "", id="one-line"),
        pytest.param({}, "PostgresReplicationLag", "", id="name"),
        pytest.param(None, "PostgresReplicationLag", "", id="null"),
    ],
)
def test_the_title_is_the_shortest_description_there_is(sender, changed, annotations, title, text):
    event = one(sender, with_alert(changed, annotations=annotations))
    assert (event.title, event.text) == (title, text)


def test_an_alert_without_name_and_fingerprint_has_an_identity_of_its_labels(sender, changed):
    alerts = [
        one(sender, with_alert(changed, labels={"host": host}, annotations={}, fingerprint=None))
        for host in ("a", "b", "a")
    ]
    assert alerts[0].event_id == alerts[2].event_id != alerts[1].event_id
    assert alerts[0].title


def test_impossible_times_are_replaced_by_the_arrival(sender, changed):
    event = one(sender, with_alert(changed, status="resolved", startsAt="0001-01-01T00:00:00Z"))
    assert event.starts_at == event.ends_at == sender.ctx.clock.now()


def test_the_watchdog_is_left_out(sender):
    assert one(sender, "watchdog-beside-a-problem.json").name == "ProbeFailed"


def test_the_receiver_is_shown_as_it_was_configured(sender):
    assert one(sender, "quoted-receiver.json").labels["receiver"] == "b24.shop+night|eu"


def test_an_endpoint_label_of_the_alert_stays_where_the_path_has_none(sender, changed):
    payload = with_alert(changed, labels={"alertname": "X", "endpoint": "metrics"})
    assert one(sender, payload).labels["endpoint"] == "metrics"
    assert one(sender, payload, "spb").labels["endpoint"] == "spb"


def test_grafana_values_and_links_are_read(sender):
    event = one(sender, "grafana-checkout-slow.json")
    assert event.values == {"B0": 1.25, "C": 1}
    assert event.links.panel == "https://grafana.acme.example/d/checkout?orgId=3&viewPanel=7"
    assert event.links.dashboard == "https://grafana.acme.example/d/checkout?orgId=3"
    assert event.links.silence.startswith("https://grafana.acme.example/alerting/silence/new?")


def test_values_that_are_no_numbers_cost_nothing_else(sender, changed):
    huge = 10**400
    values = {"A": 1, "B": huge, "C": -huge, "D": float("nan"), "E": float("inf"), "F": "text", "G": None}
    event = one(sender, with_alert(changed, values=values))
    assert event.values == {"A": 1}


def test_of_a_great_many_alerts_the_first_are_read_and_the_rest_is_counted(sender, changed):
    alerts = [{"status": "firing", "labels": {"n": str(n)}} for n in range(45_000)]
    payload = changed("replica-lags.json", alerts=alerts, truncatedAlerts=3)
    events = sender.events(payload)
    assert [event.labels["n"] for event in events] == [str(n) for n in range(500)]
    assert events[0].group.truncated == 44_503


def test_a_rule_without_data_is_named(sender):
    assert one(sender, "grafana-no-data.json").title == "DatasourceNoData: Orders per minute"


def test_grafanas_test_button_is_a_message_with_an_absolute_link(sender):
    event = one(sender, "grafana-test-button.json")
    assert event.kind is EventKind.MESSAGE
    assert event.url == "https://grafana.acme.example/?orgId=3"


@pytest.mark.parametrize(
    ("url", "base", "joined"),
    [
        ("https://a.example/x", "", "https://a.example/x"),
        ("?orgId=1", "https://g.example/sub/", "https://g.example/sub/?orgId=1"),
        ("?orgId=1", "", ""),
        ("", "https://g.example/", ""),
        (None, "https://g.example/", ""),
        ("javascript:alert(1)", "https://g.example/", ""),
        ("ftp://a.example/x", "", ""),
        ("https://", "", ""),
        ("https://[::1", "", ""),
        ("https://a.example/a b", "", ""),
        ("https://a.example/\n", "", ""),
    ],
)
def test_only_absolute_web_addresses_become_links(url, base, joined):
    assert http_url(url, base) == joined


def test_labels_and_annotations_that_are_no_text_do_not_cost_the_alert(sender, changed):
    labels = {"alertname": "Disk", "port": 9187, "up": False, "rack": None}
    event = one(sender, with_alert(changed, labels=labels, annotations={"summary": None, "description": 3}))
    assert (event.title, event.own_labels) == ("3", {"alertname": "Disk", "port": "9187", "up": "false"})
