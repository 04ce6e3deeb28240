"""The one card that a payment has."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from urllib.parse import quote

from hub.plugin import Action, FieldRow, Moment, Money, Notification, Number, Severity, T, Text, Value, field
from hub_plugin_payments.book import Known, Taken
from hub_plugin_payments.labels import labels_of
from hub_plugin_payments.payment import Payment, State, Status

#: The command behind the button.
TAKE = "take"

PROVIDERS: Mapping[str, str] = {
    "stripe": "Stripe",
    "yookassa": "YooKassa",
    "cloudpayments": "CloudPayments",
    "tbank": "T-Bank",
    "robokassa": "Robokassa",
    "paddle": "Paddle",
}
_WORDS: Mapping[Status, Text] = {
    Status.PENDING: T("Awaiting payment"),
    Status.HELD: T("Money held"),
    Status.FAILED: T("Payment failed"),
    Status.PAID: T("Paid"),
    Status.CANCELED: T("Payment canceled"),
    Status.PARTLY_REFUNDED: T("Partly refunded"),
    Status.REFUNDED: T("Refunded"),
    Status.DISPUTED: T("Payment disputed"),
    Status.DISPUTE_LOST: T("Dispute lost"),
}
_SEVERITIES: Mapping[Status, Severity] = {
    Status.FAILED: Severity.WARNING,
    Status.DISPUTED: Severity.ERROR,
    Status.DISPUTE_LOST: Severity.ERROR,
}
#: The last part of the kind, where it is not the status itself.
_KINDS: Mapping[Status, str] = {Status.PARTLY_REFUNDED: "refunded", Status.DISPUTE_LOST: "disputed"}
#: Where somebody has something to do.
_TO_TAKE = frozenset(
    {Status.PAID, Status.PARTLY_REFUNDED, Status.FAILED, Status.DISPUTED, Status.DISPUTE_LOST}
)


def card(known: Known, *, shop: str, order_url: str) -> Notification:
    """Return the card of a payment.

    The key says what the card says, so that a repeat, a replay or a notification without news is the same fact.
    """
    payment, taken = known.payment, known.taken
    return Notification(
        key=f"{payment.thread}:{_digest(payment)}",
        kind=f"payment.{_KINDS.get(payment.status, payment.status.value)}",
        title=title_of(payment),
        text=payment.description,
        severity=severity_of(payment.status),
        url=payment.url,
        fields=tuple(_rows(payment, shop=shop, taken=taken)),
        actions=tuple(_buttons(payment, order_url=order_url, taken=taken)),
        labels=labels_of(payment) | ({"shop": shop} if shop else {}),
        to=known.to,
        thread=payment.thread,
        loud=known.loud,
        occurred_at=payment.stage.at if payment.stage else None,
    )


def severity_of(status: Status) -> Severity:
    """Return how bad *status* is."""
    return _SEVERITIES.get(status, Severity.INFO)


def title_of(payment: Payment) -> Text:
    """Return the essential sentence: what, which order, how much."""
    what, amount = _WORDS[payment.status], _told_amount(payment)
    match payment.order, amount:
        case "", None:
            return T("{status}: payment {id}", status=what, id=payment.id)
        case "", _:
            return T("{status}: {amount}", status=what, amount=amount or "")
        case order, None:
            return T("{status}: order {order}", status=what, order=order)
        case order, _:
            return T("{status}: order {order}, {amount}", status=what, order=order, amount=amount or "")


def _rows(payment: Payment, *, shop: str, taken: Taken | None) -> Iterator[FieldRow]:
    stage = payment.stage
    if payment.amount is not None and payment.dispute:
        yield field(T("Amount"), _money(payment.amount, payment.currency))
    if payment.back and payment.dispute:
        yield field(T("Refunded"), _money(payment.back, payment.currency))
    if payment.reason:
        yield field(T("Reason"), payment.reason)
    if payment.disputes and payment.dispute is None:
        yield field(T("Dispute"), T("won"))
    if payment.customer:
        yield field(T("Customer"), payment.customer)
    yield field(T("Paid through"), PROVIDERS[payment.provider])
    if shop:
        yield field(T("Shop"), shop)
    yield field(T("Payment"), payment.id)
    if stage is not None and stage.state is State.PAID:
        yield field(T("Paid at"), Moment(at=stage.at))
    if payment.test:
        yield field(T("Test payment"), T("no money has moved"))
    if taken is not None:
        # the hub writes the same line when the button is clicked
        yield field(T("Take on"), T("{who}, {when}", who=taken.by, when=Moment(at=taken.at)))


def _buttons(payment: Payment, *, order_url: str, taken: Taken | None) -> Iterator[Action]:
    if taken is None and payment.status in _TO_TAKE:
        yield Action(label=T("Take on"), command=TAKE, args={"payment": payment.thread}, style="primary")
    if order_url and payment.order:
        yield Action(label=T("Open order"), url=order_url.replace("{order}", quote(payment.order, safe="")))
    if payment.url:
        yield Action(label=T("Open at {provider}", provider=PROVIDERS[payment.provider]), url=payment.url)


def _told_amount(payment: Payment) -> Value | None:
    amount, dispute = payment.amount, payment.dispute
    if payment.status is Status.PARTLY_REFUNDED and amount is not None:
        part, whole = (_money(each, payment.currency) for each in (payment.back, amount))
        return T("{part} of {whole}", part=part, whole=whole)
    if dispute is not None and dispute.amount is not None:
        amount = dispute.amount
    elif payment.status is Status.REFUNDED and payment.back:
        amount = payment.back
    return None if amount is None else _money(amount, payment.currency)


def _money(amount: Decimal, currency: str) -> Money | Number:
    """Return an amount to show; of some refunds the currency is not told."""
    return Money(amount=amount, currency=currency) if currency else Number(value=amount)


def _digest(payment: Payment) -> str:
    return hashlib.sha256(payment.model_dump_json().encode()).hexdigest()[:32]
