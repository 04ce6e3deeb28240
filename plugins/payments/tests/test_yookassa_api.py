"""YooKassa does not sign, so its API is asked before anything is believed."""

from __future__ import annotations

import base64
import json

import httpx
import pytest

from hub.plugin import InvalidPayload, RetryLater, plain
from hub.testing import FakeContext
from hub_plugin_payments.payment import Status

PAID = "yookassa/payment-succeeded.json"
REFUND = "yookassa/refund-succeeded.json"
ID = "2fa1b2c3-000f-5000-8000-1a2b3c4d5e6f"
REFUND_ID = "2fa2b2c3-0015-5000-a000-1a2b3c4d5e72"


def test_a_payment_is_asked_for_with_the_shops_key(shop):
    shop.knows(PAID)
    shop.tell(PAID)
    (asked,) = shop.asked
    assert (asked.method, str(asked.url)) == ("GET", f"https://api.yookassa.ru/v3/payments/{ID}")
    login = base64.b64encode(b"700100:live_of_books").decode()
    assert asked.headers["Authorization"] == f"Basic {login}"


def test_what_the_api_says_counts_and_not_what_was_claimed(shop, changed):
    shop.knows(PAID)
    claimed = changed(
        PAID, "object", amount={"value": "999999.00", "currency": "RUB"}, metadata={"order_id": "1"}
    )
    assert plain(shop.tell(claimed).title) == "Paid: order 4041, 2041.50 RUB"


def test_a_refund_edits_its_payment_after_both_were_asked_for(shop):
    shop.knows(PAID, REFUND)
    paid = shop.tell(PAID)
    back = shop.tell(REFUND)
    assert back.thread == paid.thread
    assert plain(back.title) == "Partly refunded: order 4041, 41.50 RUB of 2041.50 RUB"
    assert [str(each.url).rpartition("/v3/")[2] for each in shop.asked[1:]] == [
        f"payments/{ID}",
        f"refunds/{REFUND_ID}",
    ]


def test_a_late_notification_shows_what_the_payment_has_become(shop, changed):
    shop.yookassa[ID] = {**told(PAID, shop), "refunded_amount": {"value": "2041.50", "currency": "RUB"}}
    assert shop.tell(PAID).kind == "payment.refunded"


def test_a_payment_that_the_shop_canceled_has_not_failed(shop):
    name = "yookassa/payment-canceled.json"
    canceled = told(name, shop)
    ending = {"party": "merchant", "reason": "canceled_by_merchant"}
    shop.yookassa[canceled["id"]] = {**canceled, "cancellation_details": ending}
    assert shop.tell(name).kind == "payment.canceled"


@pytest.mark.parametrize("answer", [401, 403, 429, 500, 503, 302], ids=str)
def test_an_api_that_does_not_say_it_is_asked_again_later(shop, answer):
    shop.yookassa[ID] = answer
    with pytest.raises(RetryLater) as refusal:
        shop.tell(PAID)
    assert "live_of_books" not in str(refusal.value)
    assert not list(shop.ctx.store.scan())


@pytest.mark.parametrize(
    "known",
    [{"status": "pending"}, {"status": "waiting_for_capture"}, {"status": "unheard_of"}, {"id": REFUND_ID}],
    ids=lambda known: next(iter(known.values())),
)
def test_what_the_api_does_not_confirm_yet_is_asked_again_later(shop, known):
    shop.yookassa[ID] = {**told(PAID, shop), **known}
    with pytest.raises(RetryLater):
        shop.tell(PAID)


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"{}"])
def test_an_answer_that_is_none_of_the_api_is_not_believed(shop, answer):
    shop.ctx.http = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=answer)))
    with pytest.raises(RetryLater, match="api_url"):
        shop.tell(PAID)


def test_an_api_out_of_reach_is_asked_again_later(shop):
    shop.ctx.http = FakeContext().http  # refuses to connect
    with pytest.raises(RetryLater, match="ConnectError"):
        shop.tell(PAID)


def test_a_payment_that_the_api_does_not_know_is_rejected(shop):
    with pytest.raises(InvalidPayload, match="knows no such"):
        shop.tell(PAID)


def test_a_refund_of_another_payment_is_rejected(shop):
    shop.knows(PAID, REFUND)
    shop.yookassa[REFUND_ID] |= {"payment_id": REFUND_ID}
    with pytest.raises(InvalidPayload, match="another payment"):
        shop.tell(REFUND)


def test_a_refund_that_is_not_through_is_asked_for_again_later(shop):
    shop.knows(PAID, REFUND)
    shop.yookassa[REFUND_ID] |= {"status": "pending"}
    with pytest.raises(RetryLater):
        shop.tell(REFUND)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9000", "http://127.0.0.1:9000/v3", "http://[::1]:9000/v3/"]
)
def test_the_address_of_the_api_can_be_another(make_shop, address):
    shop = make_shop(
        yookassa={
            "shop_id": "1",
            "secret_key": "k",
            "path_secret": "path-secret-of-books",
            "api_url": address,
        }
    )
    shop.knows(PAID)
    assert shop.tell(PAID).kind == f"payment.{Status.PAID}"
    assert shop.asked[0].url.path == f"/v3/payments/{ID}"


def told(name, shop):
    return json.loads(shop.request(name).body)["object"]
