"""All notifications about one payment are one card, in whichever order they come."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from hub.plugin import CommandCall, Mode, Money, Severity, plain
from hub.testing import FakeUser

STRIPE = [
    "stripe/intent-succeeded.json",
    "stripe/charge-succeeded.json",
    "stripe/checkout-completed.json",
    "stripe/charge-refunded-a-part.json",
]
STORIES = {
    "stripe": STRIPE,
    "stripe-refunded": [
        *STRIPE[:2],
        "stripe/charge-refunded-a-part.json",
        "stripe/charge-refunded-the-rest.json",
    ],
    "stripe-refunds-apart": [*STRIPE[1:], "stripe/refund-created.json"],
    "stripe-disputed": [
        "stripe/intent-succeeded.json",
        "stripe/dispute-opened.json",
        "stripe/dispute-lost.json",
    ],
    "stripe-transfer": ["stripe/checkout-awaits-transfer.json", "stripe/transfer-arrived.json"],
    "paddle": ["paddle/transaction-completed.json", "paddle/refund-approved.json"],
    "cloudpayments": ["cloudpayments/pay/completed.form", "cloudpayments/refund/a-part.form"],
    "cloudpayments-two-steps": ["cloudpayments/pay/held.form", "cloudpayments/confirm/of-a-hold.form"],
    "tbank": ["tbank/authorized.json", "tbank/confirmed.json", "tbank/refunded-a-part.json"],
    "tbank-refunded": ["tbank/authorized.json", "tbank/confirmed.json", "tbank/refunded.json"],
}
ENDS = {
    "stripe": "Partly refunded: order A-2041, 250.50 EUR of 1250.50 EUR",
    "stripe-refunded": "Refunded: 1250.50 EUR",
    "stripe-refunds-apart": "Partly refunded: order A-2041, 250.50 EUR of 1250.50 EUR",
    "stripe-disputed": "Dispute lost: 1250.50 EUR",
    "stripe-transfer": "Paid: order 2042, 1250.50 EUR",
    "paddle": "Partly refunded: order 3041, 12.00 USD of 48.00 USD",
    "cloudpayments": "Partly refunded: order 5041, 540.00 RUB of 1540.00 RUB",
    "cloudpayments-two-steps": "Paid: order 5041, 1500.00 RUB",
    "tbank": "Partly refunded: order 6041, 41.50 RUB of 2041.50 RUB",
    "tbank-refunded": "Refunded: order 6041, 2041.50 RUB",
}


@pytest.mark.parametrize("story", STORIES)
def test_in_any_order_and_told_twice_the_card_ends_the_same(make_shop, story):
    threads = set()
    for order in permutations(STORIES[story]):
        shop = make_shop()
        cards = [shop.tell(name) for name in (*order, *order[:1], *order)]
        threads |= {card.thread for card in cards}
        assert plain(cards[len(order) - 1].title) == ENDS[story], order
        # what is repeated is the same fact, so nobody sees it again
        assert {card.key for card in cards[len(order) :]} == {cards[len(order) - 1].key}
    assert len(threads) == 1


def test_a_payment_is_processed_one_notification_after_another(shop):
    groups = {item.group for name in STRIPE for item in shop.accept(name).items}
    assert groups == {"stripe:pi_books2041"}


def test_a_repeat_has_the_key_of_the_first_and_another_status_has_not(shop):
    keys = [
        shop.accept(f"tbank/{name}.json").items[0].key for name in ("authorized", "confirmed", "confirmed")
    ]
    assert keys == ["tbank:7041000001:AUTHORIZED", "tbank:7041000001:CONFIRMED", "tbank:7041000001:CONFIRMED"]


def test_what_a_later_notification_adds_is_shown(shop):
    first = shop.tell("stripe/intent-succeeded.json")
    then = shop.tell("stripe/checkout-completed.json")
    assert plain(first.title) == "Paid: 1250.50 EUR"
    assert plain(then.title) == "Paid: order A-2041, 1250.50 EUR"
    assert rows(then)["Customer"] == "Анна Читатель, anna@reader.example"
    assert (then.thread, then.loud, then.mode) == (first.thread, False, Mode.OPEN)


def test_a_card_tells_order_amount_customer_provider_and_leads_to_both_pages(make_shop):
    shop = make_shop(
        stripe={"secret": "whsec_of_books", "shop": "Books"},
        order_url="https://books.example/orders/{order}/",
    )
    card = shop.tell("stripe/checkout-completed.json")
    assert (card.kind, card.severity) == ("payment.paid", Severity.INFO)
    assert rows(card) == {
        "Customer": "Анна Читатель, anna@reader.example",
        "Paid through": "Stripe",
        "Shop": "Books",
        "Payment": "pi_books2041",
        "Paid at": "2026-11-22T10:00:02+00:00",
    }
    assert buttons(card) == {
        "Take on": "",
        "Open order": "https://books.example/orders/A-2041/",
        "Open at Stripe": "https://dashboard.stripe.com/payments/pi_books2041",
    }
    assert card.labels["shop"] == "Books"


def test_an_order_number_cannot_leave_its_place_in_the_address(make_shop, changed):
    shop = make_shop(order_url="https://books.example/orders/{order}")
    odd = changed("stripe/checkout-completed.json", "data.object", client_reference_id="../x?y={order}#z")
    assert (
        buttons(shop.tell(odd))["Open order"] == "https://books.example/orders/..%2Fx%3Fy%3D%7Border%7D%23z"
    )


def test_a_test_payment_says_so(shop):
    card = shop.tell("stripe/intent-in-yen.json")
    assert rows(card)["Test payment"] == "no money has moved"
    assert buttons(card)["Open at Stripe"] == "https://dashboard.stripe.com/test/payments/pi_books2044"
    assert card.labels["test"] == "yes"


@pytest.mark.parametrize(
    ("name", "kind", "severity"),
    [
        ("stripe/intent-declined.json", "payment.failed", Severity.WARNING),
        ("stripe/charge-refunded-a-part.json", "payment.refunded", Severity.INFO),
        ("stripe/charge-refunded-the-rest.json", "payment.refunded", Severity.INFO),
        ("stripe/dispute-opened.json", "payment.disputed", Severity.ERROR),
        ("stripe/dispute-lost.json", "payment.disputed", Severity.ERROR),
        ("tbank/authorized.json", "payment.held", Severity.INFO),
        ("tbank/reversed.json", "payment.canceled", Severity.INFO),
        ("stripe/checkout-awaits-transfer.json", "payment.pending", Severity.INFO),
    ],
)
def test_routes_can_tell_what_became_of_it(shop, name, kind, severity):
    card = shop.tell(name)
    assert (card.kind, card.severity) == (kind, severity)


def test_labels_carry_what_routes_need(shop):
    assert shop.tell("stripe/charge-refunded-a-part.json").labels == {
        "provider": "stripe",
        "payment": "pi_books2041",
        "status": "partly_refunded",
        "amount": "1250.50",
        "currency": "EUR",
        "refunded": "250.50",
    }


def test_a_refund_before_its_payment_shows_an_amount_without_a_currency(shop):
    early = shop.tell("cloudpayments/refund/a-part.form")
    assert plain(early.title) == "Refunded: order 5041, 540.00"
    late = shop.tell("cloudpayments/pay/completed.form")
    assert late.title.values["amount"].values["part"] == Money(amount="540.00", currency="RUB")


def test_a_refund_without_its_payment_says_when_that_was_paid(shop):
    assert rows(shop.tell("stripe/charge-refunded-a-part.json"))["Paid at"] == "2026-11-22T09:59:58+00:00"


def test_a_dispute_is_posted_anew(shop):
    shop.tell("stripe/intent-succeeded.json")
    assert shop.tell("stripe/dispute-opened.json").loud


def test_a_dispute_that_was_won_leaves_the_payment_as_it_was(shop, changed):
    shop.tell("stripe/intent-succeeded.json")
    shop.tell("stripe/dispute-opened.json")
    won = shop.tell(changed("stripe/dispute-lost.json", "data.object", status="won"))
    assert (won.kind, rows(won)["Dispute"], won.loud) == ("payment.paid", "won", False)


def test_a_refund_only_edits(shop):
    shop.tell("stripe/intent-succeeded.json")
    assert not shop.tell("stripe/charge-refunded-a-part.json").loud


@pytest.mark.parametrize(("later", "loud"), [(timedelta(seconds=2), False), (timedelta(days=1), True)])
def test_money_is_posted_anew_when_it_was_waited_for(shop, later, loud):
    shop.tell("stripe/checkout-awaits-transfer.json")
    shop.ctx.clock.move(later)
    assert shop.tell("stripe/transfer-arrived.json").loud is loud


def test_a_failed_try_does_not_outlive_the_money(shop, changed):
    failed = changed("stripe/intent-declined.json", "data.object", id="pi_books2041")
    shop.tell("stripe/intent-succeeded.json")
    assert shop.tell(failed).kind == "payment.paid"


def test_who_takes_it_stays_on_the_card_and_the_button_goes(shop):
    shop.ctx.portal.add(FakeUser(id="27", name="Olga Ships"))
    card = shop.tell("tbank/confirmed.json")
    click(shop, card, "27")
    later = shop.tell("tbank/refunded-a-part.json")
    assert rows(later)["Take on"] == "Olga Ships, 2026-11-22T10:05:00+00:00"
    assert "Take on" not in buttons(later)
    assert "Take on" in buttons(card)


def test_it_can_be_taken_while_the_portal_is_away(shop):
    card = shop.tell("tbank/confirmed.json")
    click(shop, card, "404")
    assert rows(shop.tell("tbank/refunded.json"))["Take on"].startswith("404, ")


def click(shop, card, user):
    (command,) = shop.plugin.commands()
    (button,) = (action for action in card.actions if action.command)
    assert button.command == command.name
    args = command.args_model.model_validate(button.args).model_dump()
    assert (
        command.handler(CommandCall(id="a1", actor=user, args=args, dialog=user, notification=card)) is None
    )


def rows(card):
    return {plain(row.name): plain(row.value) for row in card.fields}


def buttons(card):
    return {plain(action.label): action.url for action in card.actions}
