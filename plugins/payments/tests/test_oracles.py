"""Our checks agree with the providers' own libraries and with the examples in their manuals."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace

import pytest
import stripe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from yookassa.domain.common import SecurityHelper
from yookassa.domain.notification import WebhookNotification

from hub.plugin import InboundRequest, InvalidSignature
from hub.testing.clock import START
from hub_plugin_payments.providers import robokassa, tbank
from hub_plugin_payments.signatures import timed_hmac

from .conftest import PAYLOADS

STRIPE = timed_hmac(
    SecretStr("whsec_of_books"),
    header="Stripe-Signature",
    separator=",",
    time="t",
    signature="v1",
    joint=".",
    status=400,
)


def is_let_in(header: str, body: bytes) -> bool:
    request = InboundRequest(
        method="POST", url="", path="", headers=(("Stripe-Signature", header),), body=body, received_at=START
    )
    try:
        STRIPE(request)
    except InvalidSignature:
        return False
    return True


def stripe_accepts(header: str, body: bytes) -> bool:
    try:
        return stripe.WebhookSignature.verify_header(body.decode(), header, "whsec_of_books", tolerance=300)
    except stripe.SignatureVerificationError:
        return False


@pytest.fixture
def library(monkeypatch):
    """Stripe's library, at the time of the tests."""
    monkeypatch.setattr("time.time", START.timestamp)
    return stripe_accepts


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.text(max_size=9),
    others=st.lists(st.sampled_from(["v1=00", "v0=11", "v1=", "v2=ff"]), max_size=3),
    signer=st.sampled_from(["whsec_of_books", "whsec_of_others"]),
    name=st.sampled_from(["v1", "v0"]),
    age=st.sampled_from([0, 299, 300, 301, 600]),
)
def test_whatever_the_header_says_stripes_library_and_we_agree(library, body, others, signer, name, age):
    seconds = int(START.timestamp()) - age
    digest = hmac.new(signer.encode(), f"{seconds}.{body}".encode(), hashlib.sha256).hexdigest()
    header = ",".join([f"t={seconds}", *others, f"{name}={digest}"])
    assert is_let_in(header, body.encode()) is library(header, body.encode())


def test_stripes_library_and_we_notice_a_body_written_anew(shop, library):
    request = shop.request("stripe/checkout-completed.json")
    header = dict(request.headers)["Stripe-Signature"]
    anew = json.dumps(json.loads(request.body)).encode()
    assert (is_let_in(header, request.body), is_let_in(header, anew)) == (True, False)
    assert (library(header, request.body), library(header, anew)) == (True, False)


def test_the_networks_are_those_of_yookassas_library(shop):
    helper = SecurityHelper()
    request = shop.request("yookassa/payment-succeeded.json")
    for address in (
        "185.71.76.0",
        "185.71.76.31",
        "185.71.76.32",
        "185.71.77.16",
        "77.75.153.127",
        "77.75.153.128",
        "77.75.154.127",
        "77.75.154.255",
        "77.75.156.11",
        "77.75.156.12",
        "77.75.156.35",
        "8.8.8.8",
    ):
        try:
            shop.verify(replace(request, client=address))
            is_trusted = True
        except InvalidSignature:
            is_trusted = False
        assert is_trusted is helper.is_ip_trusted(address), address


@pytest.mark.parametrize(
    "name", ["payment-succeeded", "payment-held", "payment-canceled", "refund-succeeded"]
)
def test_yookassas_library_reads_the_same_in_a_notification(shop, name):
    told = WebhookNotification(json.loads((PAYLOADS / f"yookassa/{name}.json").read_bytes())).object
    payment = shop.event(f"yookassa/{name}.json").payment
    amount = payment.back or payment.amount
    assert (amount, payment.currency) == (told.amount.value, told.amount.currency)
    assert payment.id == getattr(told, "payment_id", told.id)


def test_the_token_is_the_one_of_tbanks_manual():
    """The manual's text, value by value: 9855 322264 0 1122 201709 430000******0777 Dfsfh56dgKl 8742591 101709 …"""
    fields = {
        "TerminalKey": "1321054611234DEMO",
        "OrderId": "201709",
        "Success": True,
        "Status": "AUTHORIZED",
        "PaymentId": "8742591",
        "RebillId": "101709",
        "ErrorCode": "0",
        "Amount": "9855",
        "CardId": "322264",
        "Pan": "430000******0777",
        "ExpDate": "1122",
    }
    assert tbank.token(fields, "Dfsfh56dgKl") == (
        "b906d28e76c6428e37b25fcf86c0adc52c63d503013fdd632e300593d165766b"
    )


def test_the_signature_is_the_one_of_robokassas_manual():
    """``OutSum:InvId:Password#2:Shp_…``, the own fields by name."""
    form = {"OutSum": "100.26", "InvId": "450009", "Shp_login": "Vasya", "Shp_oplata": "1"}
    right = hashlib.md5(b"100.26:450009:password_2:Shp_login=Vasya:Shp_oplata=1").hexdigest()
    assert robokassa.signatures(form, form, "password_2", "md5") == {right, right.upper()}
