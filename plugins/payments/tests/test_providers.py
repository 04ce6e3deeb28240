"""What each provider says, and what it hears."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.plugin import InvalidPayload, ItemOutcome
from hub_plugin_payments.payment import Status


def answer(shop, request):
    receipt = shop.accept(request)
    return receipt.answer if not callable(receipt.answer) else receipt.answer([ItemOutcome.ACCEPTED])


@pytest.mark.parametrize(
    ("name", "status", "payment", "order", "amount", "currency"),
    [
        ("stripe/intent-succeeded.json", "paid", "pi_books2041", "", "1250.50", "EUR"),
        ("stripe/charge-succeeded.json", "paid", "pi_books2041", "", "1250.50", "EUR"),
        ("stripe/checkout-completed.json", "paid", "pi_books2041", "A-2041", "1250.50", "EUR"),
        ("stripe/checkout-awaits-transfer.json", "pending", "pi_books2042", "2042", "1250.50", "EUR"),
        ("stripe/transfer-arrived.json", "paid", "pi_books2042", "2042", "1250.50", "EUR"),
        ("stripe/transfer-failed.json", "failed", "pi_books2042", "2042", "1250.50", "EUR"),
        ("stripe/intent-declined.json", "failed", "pi_books2043", "2043", "9.90", "EUR"),
        ("stripe/intent-in-yen.json", "paid", "pi_books2044", "2044", "5200", "JPY"),
        ("stripe/charge-held.json", "held", "pi_books2045", "2045", "1250.50", "EUR"),
        ("stripe/charge-refunded-a-part.json", "partly_refunded", "pi_books2041", "", "1250.50", "EUR"),
        ("stripe/charge-refunded-the-rest.json", "refunded", "pi_books2041", "", "1250.50", "EUR"),
        ("stripe/refund-created.json", "refunded", "pi_books2041", "", None, "EUR"),
        ("stripe/dispute-opened.json", "disputed", "pi_books2041", "", None, "EUR"),
        ("stripe/dispute-lost.json", "dispute_lost", "pi_books2041", "", None, "EUR"),
        ("paddle/transaction-completed.json", "paid", "txn_books3041", "3041", "48.00", "USD"),
        ("paddle/transaction-declined.json", "failed", "txn_books3042", "", "48.00", "USD"),
        ("paddle/refund-approved.json", "refunded", "txn_books3041", "", None, "USD"),
        ("paddle/chargeback.json", "disputed", "txn_books3041", "", None, "USD"),
        (
            "yookassa/payment-succeeded.json",
            "paid",
            "2fa1b2c3-000f-5000-8000-1a2b3c4d5e6f",
            "4041",
            "2041.50",
            "RUB",
        ),
        (
            "yookassa/payment-held.json",
            "held",
            "2fa1b2c3-000f-5000-8000-1a2b3c4d5e70",
            "4041",
            "2041.50",
            "RUB",
        ),
        (
            "yookassa/payment-canceled.json",
            "failed",
            "2fa1b2c3-000f-5000-8000-1a2b3c4d5e71",
            "4041",
            "2041.50",
            "RUB",
        ),
        (
            "yookassa/refund-succeeded.json",
            "refunded",
            "2fa1b2c3-000f-5000-8000-1a2b3c4d5e6f",
            "",
            None,
            "RUB",
        ),
        ("cloudpayments/pay/completed.form", "paid", "5041000001", "5041", "1540.00", "RUB"),
        ("cloudpayments/pay/held.form", "held", "5041000002", "5041", "1540.00", "RUB"),
        ("cloudpayments/pay/completed-as-json.json", "paid", "5041000003", "5041", "99.90", "RUB"),
        ("cloudpayments/fail/declined.form", "failed", "5041000004", "5041", "1540.00", "RUB"),
        ("cloudpayments/refund/a-part.form", "refunded", "5041000001", "5041", None, ""),
        ("cloudpayments/cancel/of-a-hold.form", "canceled", "5041000002", "5041", None, ""),
        ("cloudpayments/confirm/of-a-hold.form", "paid", "5041000002", "5041", "1500.00", "RUB"),
        ("tbank/authorized.json", "held", "7041000001", "6041", "2041.50", "RUB"),
        ("tbank/confirmed.json", "paid", "7041000001", "6041", "2041.50", "RUB"),
        ("tbank/rejected.json", "failed", "7041000002", "6041", "2041.50", "RUB"),
        ("tbank/reversed.json", "canceled", "7041000003", "6041", "2041.50", "RUB"),
        ("tbank/refunded-a-part.json", "refunded", "7041000001", "6041", None, "RUB"),
        ("tbank/refunded.json", "refunded", "7041000001", "6041", None, "RUB"),
        ("robokassa/paid.form", "paid", "8041", "8041", "1941.00", "RUB"),
        ("robokassa/paid-with-own-fields.form", "paid", "8042", "8042", "250.50", "RUB"),
        ("robokassa/paid-in-test-mode.form", "paid", "8043", "8043", "10.00", "RUB"),
        ("robokassa/paid-without-number.form", "paid", "b4f4b4d3f5c0a1b2", "8044", "1941.00", "RUB"),
    ],
    ids=lambda value: value if isinstance(value, str) and "/" in value else "",
)
def test_a_notification_says_what_became_of_which_payment(
    shop, name, status, payment, order, amount, currency
):
    found = shop.event(name).payment
    assert found.status is Status(status)
    assert found.id == payment or name.endswith("without-number.form")
    assert (found.order, found.currency) == (order, currency)
    assert (None if found.amount is None else str(found.amount)) == amount


def test_every_payload_is_in_the_table_above(all_payloads):
    (mark,) = test_a_notification_says_what_became_of_which_payment.pytestmark
    assert sorted(case[0] for case in mark.args[1]) == all_payloads


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("stripe/intent-declined.json", "Your card has insufficient funds."),
        ("stripe/dispute-opened.json", "fraudulent"),
        ("paddle/transaction-declined.json", "declined"),
        ("yookassa/payment-canceled.json", "expired_on_confirmation"),
        ("cloudpayments/fail/declined.form", "InsufficientFunds"),
        ("tbank/rejected.json", "1051: Недостаточно средств"),
    ],
)
def test_a_failure_comes_with_its_reason(shop, name, reason):
    assert shop.event(name).payment.reason == reason


@pytest.mark.parametrize(
    ("name", "customer"),
    [
        ("stripe/checkout-completed.json", "Анна Читатель, anna@reader.example"),
        ("paddle/transaction-completed.json", "bill@reader.example"),
        ("yookassa/payment-succeeded.json", "oleg@reader.example"),
        ("cloudpayments/pay/completed.form", "irina@reader.example"),
        ("tbank/confirmed.json", "Павел, pavel@reader.example"),
        ("robokassa/paid.form", "vera@reader.example"),
    ],
)
def test_the_customer_is_named(shop, name, customer):
    assert shop.event(name).payment.customer == customer


def test_cloudpayments_may_attach_the_shops_data_as_an_object(shop, changed):
    request = changed("cloudpayments/pay/completed-as-json.json", Data={"order_id": "5099"}, TestMode=True)
    (event,) = shop.source_of(request).parse(request)
    assert (event.payment.order, event.payment.test) == ("5099", True)


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("stripe/intent-succeeded.json", datetime(2026, 11, 22, 10, 0, tzinfo=UTC)),
        ("paddle/transaction-completed.json", datetime(2026, 11, 22, 10, 0, 0, 120000, UTC)),
        ("yookassa/payment-succeeded.json", datetime(2026, 11, 22, 9, 59, 51, 10000, UTC)),
        ("cloudpayments/pay/completed.form", datetime(2026, 11, 22, 9, 59, 40, tzinfo=UTC)),
    ],
)
def test_it_happened_when_the_provider_says(shop, name, at):
    assert shop.event(name).occurred_at == at


@pytest.mark.parametrize(
    ("name", "body", "content_type"),
    [
        ("stripe/intent-succeeded.json", "", "text/plain; charset=utf-8"),
        ("paddle/transaction-completed.json", "", "text/plain; charset=utf-8"),
        ("yookassa/payment-succeeded.json", "", "text/plain; charset=utf-8"),
        ("cloudpayments/pay/completed.form", '{"code":0}', "application/json"),
        ("tbank/confirmed.json", "OK", "text/plain; charset=utf-8"),
        ("robokassa/paid.form", "OK8041", "text/plain; charset=utf-8"),
        ("robokassa/paid-without-number.form", "OK0", "text/plain; charset=utf-8"),
    ],
)
def test_each_provider_hears_the_very_answer_it_wants(shop, name, body, content_type):
    told = answer(shop, name)
    assert (told.status, told.body, told.content_type) == (200, body or b"", content_type)


@pytest.mark.parametrize(
    ("name", "place", "values", "body"),
    [
        ("stripe/intent-succeeded.json", "", {"type": "customer.created"}, b""),
        ("stripe/checkout-completed.json", "data.object", {"mode": "setup"}, b""),
        ("stripe/refund-created.json", "", {"type": "refund.failed"}, b""),
        ("stripe/refund-created.json", "data.object", {"status": "failed"}, b""),
        ("stripe/refund-created.json", "data.object", {"charge": None, "payment_intent": None}, b""),
        ("stripe/intent-succeeded.json", "", {"type": "invoice.payment_failed"}, b""),
        ("paddle/transaction-completed.json", "", {"event_type": "subscription.created"}, b""),
        ("paddle/transaction-completed.json", "", {"event_type": "transaction.past_due"}, b""),
        ("paddle/refund-approved.json", "data", {"action": "credit"}, b""),
        ("paddle/refund-approved.json", "data", {"action": "an_action_of_tomorrow"}, b""),
        ("paddle/refund-approved.json", "data", {"status": "pending_approval"}, b""),
        ("yookassa/payment-succeeded.json", "", {"event": "payout.succeeded"}, b""),
        ("yookassa/payment-succeeded.json", "", {"event": "payment_method.active"}, b""),
        ("tbank/confirmed.json", "", {"Status": "RECEIPT"}, "OK"),
        ("tbank/confirmed.json", "", {"Status": "PARTIAL_REVERSED"}, "OK"),
        ("tbank/confirmed.json", "", {"RequestKey": "saved-card"}, "OK"),
        ("tbank/confirmed.json", "", {"Status": "CHECKED"}, "OK"),
        ("tbank/confirmed.json", "", {"Success": False}, "OK"),
    ],
)
def test_what_says_nothing_for_people_is_taken_and_ignored(shop, changed, name, place, values, body):
    request = changed(name, place, **values)
    shop.verify(request)
    receipt = shop.accept(request)
    assert (receipt.items, bool(receipt.reason)) == ((), True)
    assert (receipt.answer.status, receipt.answer.body) == (200, body)


def test_a_thin_event_of_stripe_is_refused_saying_what_to_choose(shop, changed):
    with pytest.raises(InvalidPayload, match="snapshot") as refusal:
        shop.accept(changed("stripe/intent-succeeded.json", object="v2.core.event"))
    assert refusal.value.status == 422


@pytest.mark.parametrize(
    ("name", "place", "values", "field"),
    [
        ("stripe/intent-succeeded.json", "data.object", {"amount": "many"}, "data.object.amount"),
        ("stripe/intent-succeeded.json", "data.object", {"currency": "euro"}, "data.object.currency"),
        (
            "paddle/transaction-completed.json",
            "data.details.totals",
            {"grand_total": None, "total": "x"},
            "total",
        ),
        ("yookassa/payment-succeeded.json", "object", {"id": "../refunds/1"}, "object.id"),
        ("yookassa/refund-succeeded.json", "object", {"payment_id": "x?y"}, "object.payment_id"),
        ("yookassa/payment-succeeded.json", "", {"type": "other"}, "type"),
        ("cloudpayments/pay/completed.form", "", {"TransactionId": "x"}, "TransactionId"),
        ("tbank/confirmed.json", "", {"PaymentId": "none"}, "PaymentId"),
    ],
)
def test_what_it_cannot_be_is_rejected_naming_the_field_and_never_the_value(
    shop, changed, name, place, values, field
):
    with pytest.raises(InvalidPayload, match=field.replace(".", r"\.")) as refusal:
        shop.accept(changed(name, place, **values))
    assert refusal.value.status == 422
    assert "../refunds" not in str(refusal.value)


def test_no_card_data_gets_out_of_a_notification(shop, all_payloads):
    shop.knows(*(name for name in all_payloads if name.startswith("yookassa")))
    for name in all_payloads:
        told = f"{shop.event(name)!r} {shop.tell(name)!r} {list(shop.ctx.store.scan())!r}"
        for secret in ("220000", "0077", "tk_books_private", "IRINA", "_secret_x", "01/31", "0131"):
            assert secret not in told, name
