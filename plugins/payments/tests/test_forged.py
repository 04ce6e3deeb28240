"""Whoever is not the provider gets nowhere: nothing is stored, and each provider hears what it understands."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, quote, unquote_plus, urlencode

import pytest

from hub.plugin import InvalidPayload, InvalidSignature, plain

from .conftest import signed, without

#: What each provider hears when the proof is wrong: the status, and the body where it reads one.
REFUSALS = {
    "stripe": (400, None),
    "paddle": (401, None),
    "cloudpayments": (401, '{"code":13}'),
    "tbank": (403, None),
    "robokassa": (403, "bad sign\n"),
}
SIGNED = [
    "stripe/checkout-completed.json",
    "paddle/transaction-completed.json",
    "cloudpayments/pay/completed.form",
    "cloudpayments/pay/completed-as-json.json",
]
WITH_TOKEN = ["tbank/confirmed.json", "tbank/rejected.json", "robokassa/paid-with-own-fields.form"]


def refused(shop, request):
    """Return what the sender of a forged *request* hears."""
    with pytest.raises(InvalidSignature) as refusal:
        shop.verify(request)
    answer = refusal.value.answer
    return (answer.status, answer.body) if answer else (refusal.value.status, None)


def flips(body, number=80):
    chance = random.Random(body)
    for _ in range(number):
        place, bit = chance.randrange(len(body)), 1 << chance.randrange(8)
        yield body[:place] + bytes([body[place] ^ bit]) + body[place + 1 :]


@pytest.mark.parametrize("name", SIGNED)
def test_one_flipped_bit_of_a_signed_body_is_refused(shop, name):
    request = shop.request(name)
    for body in flips(request.body):
        assert refused(shop, replace(request, body=body)) == REFUSALS[name.partition("/")[0]]


@pytest.mark.parametrize("name", WITH_TOKEN)
def test_one_flipped_bit_where_the_scheme_covers_it_is_refused_and_elsewhere_changes_nothing(shop, name):
    """T-Bank signs values and not names, Robokassa the sum, the number and the shop's own fields."""
    request = shop.request(name)
    told = facts(shop, request)
    refusals = 0
    for body in flips(request.body, 200):
        attempt = replace(request, body=body)
        try:
            shop.verify(attempt)
        except InvalidSignature:
            assert refused(shop, attempt) == REFUSALS[name.partition("/")[0]]
            refusals += 1
        else:
            assert facts(shop, attempt) == told
    assert refusals > 60


def facts(shop, request):
    (event,) = shop.source_of(request).parse(request)
    return event.payment.id, event.payment.status, event.payment.amount, event.payment.order


def test_a_forged_notification_of_yookassa_says_what_the_api_says(shop):
    name = "yookassa/payment-succeeded.json"
    shop.knows(name)
    request = shop.request(name)
    card = shop.tell(name)
    truth = (plain(card.title), card.thread)
    source, believed = shop.source_of(request), 0
    for body in flips(request.body, 200):
        try:
            events = list(source.parse(replace(request, body=body)))
            cards = list(source.notify(events))
        except InvalidPayload:
            continue  # unreadable, or the API knows no such payment
        believed += len(cards)
        assert {(plain(card.title), card.thread) for card in cards} <= {truth}
    assert believed > 40


@pytest.mark.parametrize("name", [*SIGNED[:2], "cloudpayments/pay/completed-as-json.json"])
def test_a_body_that_a_proxy_wrote_anew_is_refused(shop, name):
    request = shop.request(name)
    anew = json.dumps(json.loads(request.body), indent=1).encode()
    assert refused(shop, replace(request, body=anew)) == REFUSALS[name.partition("/")[0]]


def test_a_form_that_a_proxy_encoded_anew_is_refused_though_it_reads_the_same(shop):
    request = both_signed(shop, "cloudpayments/pay/completed.form")
    shop.verify(request)
    pairs = parse_qsl(request.body.decode(), keep_blank_values=True)
    anew = urlencode(pairs, quote_via=quote).encode()
    assert unquote_plus(anew.decode()) == unquote_plus(request.body.decode())
    assert refused(shop, replace(request, body=anew)) == REFUSALS["cloudpayments"]


@pytest.mark.parametrize("order", [1, -1], ids=["raw-first", "decoded-first"])
def test_either_header_of_cloudpayments_may_be_over_the_decoded_text(shop, order):
    request = both_signed(shop, "cloudpayments/pay/completed.form")
    names, values = zip(*request.headers[1:], strict=True)
    swapped = tuple(zip(names, values[::order], strict=True))
    shop.verify(replace(request, headers=(request.headers[0], *swapped)))
    for header in swapped:
        shop.verify(replace(request, headers=(request.headers[0], header)))


def both_signed(shop, name):
    request = without(shop.request(name), "Content-HMAC")
    texts = {"Content-HMAC": request.body, "X-Content-HMAC": unquote_plus(request.body.decode()).encode()}
    digests = {
        header: base64.b64encode(hmac.new(b"cp-secret-of-books", text, hashlib.sha256).digest()).decode()
        for header, text in texts.items()
    }
    return replace(request, headers=(*request.headers, *digests.items()))


@pytest.mark.parametrize(
    ("name", "header"),
    [(SIGNED[0], "Stripe-Signature"), (SIGNED[1], "Paddle-Signature"), (SIGNED[2], "Content-HMAC")],
)
def test_a_missing_or_doubled_signature_header_is_refused(shop, name, header):
    request = shop.request(name)
    assert refused(shop, without(request, header)) == REFUSALS[name.partition("/")[0]]
    (again,) = (pair for pair in request.headers if pair[0] == header)
    assert refused(shop, replace(request, headers=(*request.headers, again))) == (400, None)


@pytest.mark.parametrize("name", SIGNED[:2])
@pytest.mark.parametrize("age", [301, 3600, -301], ids=["late", "very-late", "early"])
def test_a_stale_signature_is_refused_though_it_is_right(shop, name, age):
    provider = name.partition("/")[0]
    request = shop.request(name)
    old = signed(provider, request.body, request.received_at - timedelta(seconds=age))
    request = replace(request, headers=(request.headers[0], *old.items()))
    assert refused(shop, request) == REFUSALS[provider]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "t=1",
        "v1=00",
        "t=1,t=2,v1=00",
        "t=x,v1=00",
        "t=-1,v1=00",
        "t=²,v1=00",
        "t=" + "9" * 500,
        "," * 9999,
    ],
)
def test_an_odd_signature_header_is_refused(shop, value):
    request = shop.request(SIGNED[0])
    odd = replace(request, headers=(request.headers[0], ("Stripe-Signature", value)))
    assert refused(shop, odd) == REFUSALS["stripe"]


def test_one_right_signature_of_several_lets_in_while_a_secret_is_changed(shop):
    request = shop.request(SIGNED[0])
    time, right = dict(request.headers)["Stripe-Signature"].split(",")
    for header in (f"{time},v1={'0' * 64},{right}", f"{time},{right},v1={'0' * 64},v0=1"):
        shop.verify(replace(request, headers=(request.headers[0], ("Stripe-Signature", header))))
    old_scheme = right.replace("v1", "v0")
    refused(
        shop, replace(request, headers=(request.headers[0], ("Stripe-Signature", f"{time},{old_scheme}")))
    )


def test_the_signature_of_success_url_does_not_pass_at_result_url(shop):
    digest = hashlib.md5(b"1941.00:8041:robo-pass-one-of-books").hexdigest()
    body = urlencode({"OutSum": "1941.00", "InvId": "8041", "SignatureValue": digest}).encode()
    assert refused(shop, shop.request("robokassa/paid.form", body)) == REFUSALS["robokassa"]


@pytest.mark.parametrize("algorithm", ["md5", "sha256", "sha384", "sha512"])
def test_robokassas_hash_is_the_one_the_shop_has_chosen(make_shop, algorithm):
    shop = make_shop(robokassa={"password2": "robo", "hash": algorithm})
    own = "Shp_b=2:shp_a=подарок"
    digest = hashlib.new(algorithm, f"7.5:81:robo:{own}".encode()).hexdigest()
    form = {
        "OutSum": "7.5",
        "InvId": "81",
        "SignatureValue": digest.upper(),
        "shp_a": "подарок",
        "Shp_b": "2",
    }
    shop.verify(shop.request("robokassa/paid.form", urlencode(form).encode()))
    for other in {"md5", "sha256", "sha384", "sha512"} - {algorithm}:
        form["SignatureValue"] = hashlib.new(other, f"7.5:81:robo:{own}".encode()).hexdigest()
        refused(shop, shop.request("robokassa/paid.form", urlencode(form).encode()))


def test_own_fields_may_be_signed_as_they_are_encoded(shop):
    encoded = quote("подарок")
    digest = hashlib.md5(f"7.5:81:robo-pass-two-of-books:Shp_a={encoded}".encode()).hexdigest()
    body = f"OutSum=7.5&InvId=81&SignatureValue={digest}&Shp_a={encoded}".encode()
    shop.verify(shop.request("robokassa/paid.form", body))


@pytest.mark.parametrize(
    "body",
    [
        b"OutSum=1&InvId=2&SignatureValue=x&Shp%5Fa=%ff&Shp_%D0%B0=1",
        b"OutSum=1&InvId=2&SignatureValue=%ED%A0%80",
        b"OutSum=1&OutSum=2&InvId=2&SignatureValue=x",
        b"SignatureValue",
        b"&" * 100_000,
        b"\xff\xfe",
        b"",
    ],
    ids=["encoded-names", "surrogate", "sum-twice", "no-value", "nothing-often", "no-text", "empty"],
)
def test_odd_forms_at_robokassa_are_refused(shop, body):
    assert refused(shop, shop.request("robokassa/paid.form", body)) == REFUSALS["robokassa"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"Token": {}}',
        b'{"Token": "\\ud800", "a": "\\udfff"}',
        b'{"Amount": NaN, "Token": "x"}',
        b'{"Amount": 1, "Amount": 2, "Token": "x"}',
        b"[" * 100_000,
        b'{"Amount": ' + b"9" * 100_000 + b', "Token": "x"}',
        b"\xff\xfe",
        b"[]",
    ],
    ids=["object", "surrogates", "nan", "name-twice", "deep", "long-number", "no-text", "list"],
)
def test_odd_json_at_tbank_is_refused(shop, body):
    assert refused(shop, shop.request("tbank/confirmed.json", body)) == REFUSALS["tbank"]


@pytest.mark.parametrize("left_out", ["Amount", "Status", "OrderId", "PaymentId", "Success"])
def test_a_notification_of_tbank_without_what_all_have_is_not_whole(shop, changed, left_out):
    fields = json.loads(changed("tbank/confirmed.json").body)
    value = fields.pop(left_out)
    neighbour = {f"{left_out[:-1]}~": value}  # sorted alike, so the token is the same
    request = shop.request("tbank/confirmed.json", json.dumps(fields | neighbour).encode())
    assert refused(shop, request) == REFUSALS["tbank"]


@pytest.mark.parametrize("client", ["198.51.100.66", "2001:db8::1", "", "unix"])
def test_yookassa_is_heard_from_its_own_networks_only(shop, client):
    assert refused(shop, replace(shop.request("yookassa/payment-succeeded.json"), client=client)) == (
        403,
        None,
    )


@pytest.mark.parametrize("client", ["185.71.76.5", "77.75.156.35", "2a02:5180::9", "::ffff:185.71.76.5"])
def test_yookassas_own_networks_are_let_in(shop, client):
    shop.verify(replace(shop.request("yookassa/payment-succeeded.json"), client=client))


def test_a_wrong_path_secret_is_no_address(shop):
    request = shop.request("yookassa/payment-succeeded.json")
    assert refused(shop, replace(request, path_params={"secret": "wrong"})) == (404, None)
