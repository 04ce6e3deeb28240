"""Who may send, and what the settings refuse."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

import pytest
from pydantic import ValidationError

from hub.plugin import InvalidSignature
from hub_plugin_alertmanager.settings import AlertmanagerSettings


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        pytest.param({}, "set token, or username and password, or hmac_secret", id="nothing"),
        pytest.param({"token": ""}, "set token", id="empty-token"),
        pytest.param({"username": "am"}, "username and password belong together", id="no-password"),
        pytest.param({"password": "p4ss"}, "username and password belong together", id="no-username"),
        pytest.param({"token": "t", "watchdog_within": "soon"}, "watchdog_within", id="bad-duration"),
        pytest.param({"token": "t", "api_url": "localhost:9093"}, "api_url", id="bad-url"),
        pytest.param({"tokn": "s3cret-value"}, "tokn", id="misspelt"),
    ],
)
def test_settings_that_cannot_work_are_refused_naming_the_keys(settings, told):
    with pytest.raises(ValidationError, match=told) as refusal:
        AlertmanagerSettings.model_validate(settings)
    assert "s3cret-value" not in str(refusal.value)


def test_any_one_way_that_is_set_and_right_lets_in(make_sender):
    sender = make_sender(username="am", password="pw", hmac_secret="key")
    body = sender.request("replica-lags.json").body
    signature = hmac.new(b"key", body, hashlib.sha256).hexdigest()
    verify = sender.source().verify
    for headers in (
        {"Authorization": "Bearer t0ken-of-the-receiver"},
        {"Authorization": "Basic YW06cHc="},
        {"X-Grafana-Alerting-Signature": signature},
    ):
        verify(sender.request("replica-lags.json", **headers))


def test_a_way_that_is_not_set_lets_nobody_in(sender):
    with pytest.raises(InvalidSignature):
        sender.source().verify(sender.request("replica-lags.json", Authorization="Basic Og=="))


def test_the_signature_header_can_have_another_name(make_sender):
    sender = make_sender(token="", hmac_secret="key", hmac_header="X-Shop-Signature")
    body = sender.request("grafana-checkout-slow.json").body
    signature = hmac.new(b"key", body, hashlib.sha256).hexdigest()
    sender.source().verify(sender.request("grafana-checkout-slow.json", **{"X-Shop-Signature": signature}))


def test_an_old_signed_call_is_refused_when_it_carries_its_time(make_sender):
    sender = make_sender(token="", hmac_secret="key", hmac_timestamp_header="X-Sent-At")
    seconds = str(int((sender.ctx.clock.now() - timedelta(minutes=6)).timestamp()))
    body = sender.request("grafana-checkout-slow.json").body
    signature = hmac.new(b"key", f"{seconds}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {"X-Sent-At": seconds, "X-Grafana-Alerting-Signature": signature}
    with pytest.raises(InvalidSignature, match="too old"):
        sender.source().verify(sender.request("grafana-checkout-slow.json", **headers))
