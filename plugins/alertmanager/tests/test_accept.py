"""What is kept, what counts as the same message, what the sender is told."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from hub.plugin import InvalidPayload


def key(receipt):
    (item,) = receipt.items
    return item.key


def test_one_message_is_one_item_in_the_order_of_its_group(sender):
    (item,) = sender.accept("replica-lags.json").items
    assert item.group == '{}/{squad="storage"}:{alertname="PostgresReplicationLag", dc="spb"}'
    assert item.body is None


def test_a_quick_retry_is_a_duplicate(sender):
    first = key(sender.accept("replica-lags.json"))
    sender.ctx.clock.move(timedelta(seconds=9))
    assert key(sender.accept("replica-lags.json")) == first


def test_the_twin_of_a_highly_available_pair_is_a_duplicate(sender, changed):
    twin = changed("replica-lags.json", externalURL="http://alertmanager-2.acme.example:9093")
    assert key(sender.accept(twin)) == key(sender.accept("replica-lags.json"))


def test_the_same_words_later_are_kept_again(sender):
    sender.ctx.clock.move(timedelta(seconds=9))
    first = key(sender.accept("replica-lags.json"))
    sender.ctx.clock.move(timedelta(seconds=1))
    assert key(sender.accept("replica-lags.json")) != first


def test_the_order_of_alerts_does_not_matter(sender, changed):
    alerts = json.loads(changed("two-probes-fail.json"))["alerts"]
    twin = changed("two-probes-fail.json", alerts=alerts[::-1])
    assert key(sender.accept(twin)) == key(sender.accept("two-probes-fail.json"))


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"truncatedAlerts": 4}, id="more-cut-off"),
        pytest.param({"groupKey": "{}:{other}"}, id="another-group"),
        pytest.param({"receiver": "night-shift"}, id="another-receiver"),
    ],
)
def test_another_message_has_another_key(sender, changed, values):
    assert key(sender.accept(changed("two-probes-fail.json", **values))) != key(
        sender.accept("two-probes-fail.json")
    )


def test_a_new_episode_of_the_same_alert_has_another_key(sender, changed):
    (alert,) = json.loads(changed("replica-lags.json"))["alerts"]
    again = changed("replica-lags.json", alerts=[alert | {"startsAt": "2026-11-22T12:00:00Z"}])
    assert key(sender.accept(again)) != key(sender.accept("replica-lags.json"))


def test_endpoints_are_told_apart(sender):
    first, second = sender.accept("replica-lags.json", "spb"), sender.accept("replica-lags.json", "msk")
    assert key(first) != key(second)
    assert first.items[0].group != second.items[0].group


def test_a_very_long_group_key_is_shortened_but_stays_its_own(sender, changed):
    long = [sender.accept(changed("replica-lags.json", groupKey="g" * 2000 + end)) for end in "ab"]
    groups = {receipt.items[0].group for receipt in long}
    assert len(groups) == 2
    assert all(len(group) <= 500 for group in groups)


def test_the_watchdog_alone_is_not_kept(sender):
    receipt = sender.accept("watchdog.json")
    assert not receipt.items
    assert "Watchdog" in receipt.reason


def test_a_body_that_is_not_json_is_refused_with_400(sender):
    with pytest.raises(InvalidPayload, match="not valid JSON") as refusal:
        sender.accept(b'{"version": "4", ')
    assert refusal.value.status == 400


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param(b'{"text": "replica lags"}', "groupKey", id="own-payload"),
        pytest.param(b"[]", "body", id="a-list"),
        pytest.param(b"null", "body", id="null"),
    ],
)
def test_a_rewritten_payload_is_refused_with_422(sender, body, told):
    with pytest.raises(InvalidPayload, match="payload must not be replaced") as refusal:
        sender.accept(body)
    assert refusal.value.status == 422
    assert told in str(refusal.value)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        pytest.param({"version": "5"}, "version", id="unknown-version"),
        pytest.param({"version": "1"}, "version '1' without", id="version-1-not-grafana"),
        pytest.param({"groupKey": ""}, "groupKey", id="no-group"),
        pytest.param({"status": "pending"}, "status", id="unknown-status"),
        pytest.param({"alerts": []}, "alerts", id="no-alerts"),
        pytest.param({"alerts": [{"status": "on fire"}]}, "alerts.0.status", id="alert-status"),
        pytest.param({"truncatedAlerts": "many"}, "truncatedAlerts", id="count"),
        pytest.param({"truncatedAlerts": 10**400}, "truncatedAlerts", id="impossible-count"),
    ],
)
def test_a_body_that_is_not_standard_is_refused_naming_the_field(sender, changed, values, told):
    with pytest.raises(InvalidPayload, match=told) as refusal:
        sender.accept(changed("replica-lags.json", **values))
    assert refusal.value.status == 422


def test_unknown_and_missing_keys_do_not_matter(sender):
    assert sender.accept("old-release-null-annotations.json").items
