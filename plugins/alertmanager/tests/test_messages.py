"""The card of a group, through its life."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from hub.plugin import Duration, Mode, Moment, Severity, plain


def rows(notification):
    return [(plain(row.name), plain(row.value)) for row in notification.fields]


def buttons(notification):
    return {plain(action.label): action.url for action in notification.actions}


def test_a_single_alert_is_told_with_its_own_words(sender):
    card = sender.send("replica-lags.json")
    assert card.kind == "alertmanager.firing"
    assert card.title == "pg-replica-2 отстаёт на 340 с"
    assert card.text.startswith("Реплика отстаёт")
    assert card.severity is Severity.CRITICAL
    assert card.thread == '{}/{squad="storage"}:{alertname="PostgresReplicationLag", dc="spb"}'
    assert (card.mode, card.loud) == (Mode.OPEN, True)
    assert card.occurred_at == datetime(2026, 11, 22, 9, 40, 12, 123456, UTC)
    assert rows(card) == [
        ("Host", "pg-replica-2:9187"),
        ("Since", "2026-11-22T09:40:12.123456+00:00"),
        ("Labels", "dc=spb, job=postgres, squad=storage"),
    ]


def test_routes_see_common_labels_group_labels_receiver_and_endpoint(sender):
    assert sender.send("replica-lags.json", "spb").labels == {
        "alertname": "PostgresReplicationLag",
        "dc": "spb",
        "instance": "pg-replica-2:9187",
        "job": "postgres",
        "severity": "page",
        "squad": "storage",
        "receiver": "bitrix24",
        "endpoint": "spb",
    }


def test_routes_see_the_worst_severity_in_the_senders_own_word(sender):
    card = sender.send("third-probe-fails-one-recovers.json")
    assert card.labels["severity"] == "critical"
    assert card.severity is Severity.CRITICAL


def test_a_resolved_group_only_edits_and_tells_how_long_it_lasted(sender):
    sender.send("replica-lags.json")
    card = sender.send("replica-caught-up.json")
    assert card.kind == "alertmanager.resolved"
    assert plain(card.title) == "Resolved: pg-replica-2 отстаёт на 340 с"
    assert (card.mode, card.loud, card.severity) == (Mode.UPDATE, False, Severity.INFO)
    assert card.occurred_at == datetime(2026, 11, 22, 9, 58, 42, 123456, UTC)
    values = [row.value for row in card.fields]
    assert Duration(length=timedelta(minutes=18, seconds=30)) in values
    assert Moment(at=card.occurred_at) in values


def test_several_alerts_are_counted_and_listed_worst_first(sender):
    card = sender.send("two-probes-fail.json")
    assert plain(card.title) == "2 alerts: ProbeFailed"
    assert card.severity is Severity.ERROR
    assert rows(card) == [
        ("Firing", "HTTPS probe failed (shop-1.acme.example:443), since 2026-11-22T09:30:00+00:00"),
        ("Firing", "HTTPS probe failed (shop-2.acme.example:443), since 2026-11-22T09:31:00+00:00"),
        ("Labels", "dc=spb, job=blackbox"),
    ]


def test_a_partly_resolved_group_shows_both(sender):
    assert rows(sender.send("third-probe-fails-one-recovers.json")) == [
        ("Alerts", "2 firing, 1 resolved"),
        ("Firing", "HTTPS probe failed (shop-3.acme.example:443), since 2026-11-22T09:37:00+00:00"),
        ("Firing", "HTTPS probe failed (shop-2.acme.example:443), since 2026-11-22T09:31:00+00:00"),
        ("Resolved", "HTTPS probe failed (shop-1.acme.example:443), lasted 0:06:00"),
        ("Labels", "dc=spb, job=blackbox"),
    ]


def test_what_is_not_listed_and_not_sent_is_counted(sender):
    card = sender.send("thirty-pods-cut-to-twelve.json")
    assert plain(card.title) == "30 alerts: PodCrashLooping"
    told = rows(card)
    assert len([name for name, _ in told if name == "Firing"]) == 10
    assert told[-3:-1] == [("Others", "and 2 more"), ("Others", "and 18 more not sent by Alertmanager")]


def test_an_old_release_is_shown_with_what_it_says(sender):
    card = sender.send("old-release-null-annotations.json")
    assert card.title == "CertificateExpires"
    assert card.severity is Severity.WARNING
    assert "severity" not in card.labels


def test_buttons_lead_to_alertmanager_and_the_runbook(sender):
    links = buttons(sender.send("replica-lags.json"))
    assert links["Runbook"] == "https://kb.acme.example/pg/lag"
    assert links["Open in Alertmanager"] == (
        "http://alertmanager.acme.example:9093/#/alerts"
        "?filter=%7Balertname%3D%22PostgresReplicationLag%22%2C%20dc%3D%22spb%22%7D"
    )


def test_buttons_lead_to_grafana(sender):
    card = sender.send("grafana-checkout-slow.json")
    assert list(buttons(card)) == ["Open panel", "Open dashboard", "Silence in Grafana"]
    assert ("Values", "B0 = 1.25, C = 1") in rows(card)
    assert card.url == "https://grafana.acme.example/alerting/grafana/rule-lat/view?orgId=3"


@pytest.mark.parametrize("bad", ["javascript:alert(1)", "/kb/lag", "file:///etc/passwd"])
def test_a_runbook_that_is_no_web_address_gets_no_button(sender, changed, bad):
    (alert,) = json.loads(changed("replica-lags.json"))["alerts"]
    payload = changed("replica-lags.json", alerts=[alert | {"annotations": {"runbook_url": bad}}])
    assert "Runbook" not in buttons(sender.send(payload))


def test_grafanas_test_button_is_told_as_a_test(sender):
    card = sender.send("grafana-test-button.json")
    assert plain(card.title) == "Test message from Grafana: Notification test"


def test_the_settings_say_who_gets_what_no_route_names(make_sender):
    assert make_sender(to=["oncall:infra"]).send("replica-lags.json").to == ("oncall:infra",)


def test_what_rules_say_stays_plain_text(sender, changed):
    (alert,) = json.loads(changed("replica-lags.json"))["alerts"]
    payload = changed("replica-lags.json", alerts=[alert | {"annotations": {"summary": "{n} [b]x[/b] %s"}}])
    assert sender.send(payload).title == "{n} [b]x[/b] %s"
