"""What is served, who gets what, and what the settings refuse."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from hub.testing import FakeContext
from hub_plugin_payments import PaymentsPlugin
from hub_plugin_payments.settings import PaymentsSettings

from .conftest import SETTINGS

PATHS = {
    "stripe": {"stripe"},
    "yookassa": {"yookassa/{secret}"},
    "cloudpayments": {f"cloudpayments/{kind}" for kind in ("pay", "fail", "confirm", "refund", "cancel")},
    "tbank": {"tbank"},
    "robokassa": {"robokassa", "robokassa/result"},
    "paddle": {"paddle"},
}


@pytest.mark.parametrize("provider", PATHS)
def test_only_a_provider_with_a_table_is_served(provider):
    settings = PaymentsSettings.model_validate({provider: SETTINGS[provider]})
    sources = list(PaymentsPlugin(settings, FakeContext()).sources())
    assert {source.path for source in sources} == PATHS[provider]


def test_all_bodies_are_encrypted_bounded_and_posted(shop):
    sources = list(shop.plugin.sources())
    assert len(sources) == sum(map(len, PATHS.values()))
    assert {(source.sensitive, source.max_body, source.methods) for source in sources} == {
        (True, 256 * 1024, ("POST",))
    }


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "set up at least one of stripe"),
        ({"stripe": {}}, "stripe.secret"),
        ({"stripe": {"secret": ""}}, "stripe.secret"),
        ({"paddle": {"secret": "s3cret", "sceret": "s3cret"}}, "paddle.sceret"),
        ({"robokassa": {"password2": "s3cret", "hash": "crc32"}}, "robokassa.hash"),
        ({"yookassa": {**SETTINGS["yookassa"], "path_secret": "s3cret/../x"}}, "path_secret"),
        ({"yookassa": {**SETTINGS["yookassa"], "path_secret": "short"}}, "path_secret"),
        ({"yookassa": {**SETTINGS["yookassa"], "networks": ["everywhere"]}}, "networks"),
        ({"yookassa": {**SETTINGS["yookassa"], "api_url": "http://api.example/v3"}}, "use https"),
        ({**SETTINGS, "rules": [{"min_amount": 5, "to": ["user:1"]}]}, "needs a currency"),
        ({**SETTINGS, "rules": [{"currency": "RUB"}]}, "rules.0.to"),
        ({**SETTINGS, "order_url": "javascript:alert({order})"}, "order_url"),
    ],
)
def test_settings_that_cannot_work_are_refused_naming_the_keys(settings, told):
    with pytest.raises(ValidationError, match=told) as refusal:
        PaymentsSettings.model_validate(settings)
    assert "s3cret" not in str(refusal.value)


RULES = [
    {"currency": "EUR", "min_amount": "1250.50", "to": ["head:5"]},
    {"shop": "Books", "to": ["chat:7"]},
    {"provider": "tbank", "to": ["user:8"]},
]


@pytest.mark.parametrize(
    ("name", "to"),
    [
        ("stripe/intent-succeeded.json", "head:5"),  # 1250.50 EUR
        ("stripe/intent-in-yen.json", "chat:7"),  # 5200 JPY are no euros
        ("stripe/intent-declined.json", "chat:7"),  # 9.90 EUR
        ("tbank/confirmed.json", "user:8"),
        ("paddle/transaction-completed.json", "user:9"),
        ("robokassa/paid.form", "department:5"),
    ],
)
def test_the_first_rule_that_matches_says_who_gets_it_then_the_provider_then_all(make_shop, name, to):
    shop = make_shop(
        rules=RULES,
        stripe={**SETTINGS["stripe"], "shop": "Books", "to": ["user:2"]},
        paddle={**SETTINGS["paddle"], "to": ["user:9"]},
    )
    assert shop.tell(name).to == (to,)


def test_whoever_was_told_of_a_payment_hears_of_what_becomes_of_it(make_shop):
    shop = make_shop(rules=[{"currency": "RUB", "min_amount": 1000, "to": ["head:5"]}])
    assert shop.tell("cloudpayments/refund/a-part.form").to == (
        "department:5",
    )  # the amount is not known yet
    assert shop.tell("cloudpayments/pay/completed.form").to == ("department:5", "head:5")
