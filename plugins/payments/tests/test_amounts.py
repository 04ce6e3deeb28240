"""Amounts are exact, whatever unit and notation they come in."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.plugin import InvalidPayload
from hub_plugin_payments.money import from_minor, places, tidy
from hub_plugin_payments.payment import Payment

from .conftest import Shop

CURRENCIES = st.sampled_from(["RUB", "USD", "EUR", "JPY", "KRW", "KWD", "TND", "ISK", "UGX"])
MINOR = st.integers(min_value=0, max_value=10**15 - 1)
MAJOR = st.decimals(min_value=0, max_value=10**12, places=2)
SHOP = Shop()


@given(MINOR, CURRENCIES)
def test_minor_units_and_back_lose_nothing(amount, currency):
    told = from_minor(amount, currency)
    assert told * 10 ** places(currency) == amount
    assert -told.as_tuple().exponent == places(currency)


@given(st.decimals(min_value=0, max_value=10**12, places=6), CURRENCIES)
def test_an_amount_keeps_its_value_and_shows_the_usual_places_if_it_can(amount, currency):
    told = tidy(amount, currency)
    assert told == amount
    if amount == round(amount, places(currency)):
        assert -told.as_tuple().exponent == places(currency)


@pytest.mark.parametrize(
    ("minor", "currency", "major"),
    [
        (459900, "RUB", "4599.00"),
        (1, "EUR", "0.01"),
        (5200, "JPY", "5200"),
        (5200, "KWD", "5.200"),
        (0, "USD", "0.00"),
    ],
)
def test_the_smallest_unit_depends_on_the_currency(minor, currency, major):
    assert str(from_minor(minor, currency)) == major


def payment(name: str, body: bytes) -> Payment:
    request = SHOP.request(name, body)
    (event,) = SHOP.source_of(request).parse(request)
    return event.payment


@settings(max_examples=40)
@given(MAJOR, st.booleans())
def test_cloudpayments_means_what_it_writes_as_text_and_as_number(amount, as_text):
    name = "cloudpayments/pay/completed-as-json.json"
    body = json.dumps({"TransactionId": 1, "Amount": "@", "Currency": "RUB", "Status": "Completed"})
    body = body.replace('"@"', json.dumps(str(amount)) if as_text else f"{amount:f}")
    assert payment(name, body.encode()).amount == amount


@settings(max_examples=40)
@given(MAJOR, st.integers(min_value=0, max_value=4))
def test_robokassas_sums_may_have_any_number_of_zeros(amount, zeros):
    body = f"OutSum={amount:f}{'0' * zeros}&InvId=1&SignatureValue=x".encode()
    assert payment("robokassa/paid.form", body).amount == amount


@settings(max_examples=40)
@given(MINOR)
def test_tbank_and_paddle_count_small_units(amount):
    exact = Decimal(amount) / 100
    tbank = {"PaymentId": 1, "OrderId": "1", "Status": "CONFIRMED", "Success": True, "Amount": amount}
    assert payment("tbank/confirmed.json", json.dumps(tbank).encode()).amount == exact
    data = {"id": "txn_1", "currency_code": "USD", "details": {"totals": {"total": str(amount)}}}
    paddle = {"event_id": "e", "event_type": "transaction.completed", "occurred_at": "2026-01-01T00:00:00Z"}
    assert (
        payment("paddle/transaction-completed.json", json.dumps({**paddle, "data": data}).encode()).amount
        == exact
    )


@settings(max_examples=40)
@given(MAJOR)
def test_yookassas_text_is_exact(amount):
    told = json.loads(SHOP.request("yookassa/payment-succeeded.json").body)
    told["object"]["amount"]["value"] = f"{amount:f}"
    assert payment("yookassa/payment-succeeded.json", json.dumps(told).encode()).amount == amount


@pytest.mark.parametrize("amount", ["-1.00", "NaN", "Infinity", "1e400", "1,50", "", "12345678901234567890"])
def test_what_is_no_amount_is_rejected(changed, amount):
    with pytest.raises(InvalidPayload, match="Amount") as refusal:
        SHOP.accept(changed("cloudpayments/pay/completed.form", Amount=amount))
    assert refusal.value.status == 422
