"""Paddle Billing: signed events of transactions, and of adjustments to them.

Sources: developer.paddle.com, "Verify webhook signatures", "transaction.completed", "adjustment.created".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Generic, TypeVar

from pydantic import AwareDatetime, BeforeValidator, Field

from hub.plugin import InboundRequest
from hub_plugin_payments import settings
from hub_plugin_payments.details import customer_of, order_of
from hub_plugin_payments.endpoint import Endpoint, Ignored
from hub_plugin_payments.events import event_of
from hub_plugin_payments.money import Currency, Minor, from_minor
from hub_plugin_payments.payment import Dispute, DisputeState, Id, Payment, PaymentEvent, Stage, State
from hub_plugin_payments.providers.body import Body
from hub_plugin_payments.signatures import timed_hmac

NAME = "paddle"

_STATES = {
    "transaction.paid": State.PAID,
    "transaction.completed": State.PAID,
    "transaction.payment_failed": State.FAILED,
    "transaction.canceled": State.CANCELED,
}
_ADJUSTMENTS = frozenset({"adjustment.created", "adjustment.updated"})
_DISPUTES = {
    "chargeback": DisputeState.OPEN,
    "chargeback_warning": DisputeState.OPEN,
    "chargeback_reverse": DisputeState.WON,
    "chargeback_warning_reverse": DisputeState.WON,
}
#: A warning, the chargeback and their ends are adjustments of their own, and one dispute.
_THE_DISPUTE = "chargeback"


class _Totals(Body):
    total: Minor
    grand_total: Minor | None = None


class _Details(Body):
    totals: _Totals


class _Attempt(Body):
    error_code: str | None = None


class _Transaction(Body):
    id: Id
    currency_code: Currency
    custom_data: Annotated[
        dict[str, object], BeforeValidator(lambda value: value if isinstance(value, dict) else {})
    ] = Field(default_factory=dict)
    details: _Details
    payments: Annotated[
        tuple[_Attempt, ...], BeforeValidator(lambda value: () if value is None else value)
    ] = ()


class _Adjustment(Body):
    id: Id
    transaction_id: Id
    action: str
    status: str
    currency_code: Currency
    reason: str | None = None
    type: str | None = None
    totals: _Totals


class _Envelope(Body):
    event_id: str = Field(min_length=1, max_length=255)
    event_type: str


_D = TypeVar("_D", bound=Body)


class _Event(Body, Generic[_D]):
    occurred_at: AwareDatetime
    data: _D


def endpoints(table: settings.Paddle) -> Iterator[Endpoint]:
    """Return ``/in/payments/paddle``."""
    verify = timed_hmac(
        table.secret,
        header="Paddle-Signature",
        separator=";",
        time="ts",
        signature="h1",
        joint=":",
        status=401,
    )
    yield Endpoint(path="paddle", verify=verify, read=_read)


def _read(request: InboundRequest) -> PaymentEvent | Ignored:
    envelope = request.json_as(_Envelope)
    name = envelope.event_type
    if name in _STATES:
        bought = request.json_as(_Event[_Transaction])
        return event_of(request, envelope.event_id, _transaction(bought, _STATES[name]), bought.occurred_at)
    if name in _ADJUSTMENTS:
        adjusted = request.json_as(_Event[_Adjustment])
        payment = _adjusted(adjusted)
        if payment is not None:
            return event_of(request, envelope.event_id, payment, adjusted.occurred_at)
        name = f"an adjustment that is a {adjusted.data.action[:40]} and {adjusted.data.status[:40]}"
    return Ignored(f"nothing is told about {name[:120]}")


def _transaction(event: _Event[_Transaction], state: State) -> Payment:
    bought = event.data
    totals = bought.details.totals
    amount = totals.total if totals.grand_total is None else totals.grand_total
    errors = [attempt.error_code for attempt in bought.payments if attempt.error_code]
    reason = errors[0] if errors and state is State.FAILED else ""  # the newest attempt comes first
    return Payment(
        provider=NAME,
        id=bought.id,
        stage=Stage(state=state, at=event.occurred_at, reason=reason),
        amount=from_minor(amount, bought.currency_code),
        currency=bought.currency_code,
        order=order_of(bought.custom_data),
        customer=customer_of(data=bought.custom_data),
        url=_page(bought.id),
    )


def _adjusted(event: _Event[_Adjustment]) -> Payment | None:
    """Return what money went back, or is asked back; a refund that is not approved moves none."""
    adjustment = event.data
    currency = adjustment.currency_code
    amount = from_minor(adjustment.totals.total, currency)
    about = Payment(
        provider=NAME,
        id=adjustment.transaction_id,
        currency=currency,
        url=_page(adjustment.transaction_id),
    )
    if adjustment.action == "refund" and adjustment.status == "approved":
        fully = adjustment.type == "full"
        return about.model_copy(update={"refunds": {adjustment.id: amount}, "refunded_fully": fully})
    if adjustment.action in _DISPUTES:
        state = _DISPUTES[adjustment.action]
        told = Dispute(state=state, at=event.occurred_at, amount=amount, reason=adjustment.reason or "")
        return about.model_copy(update={"disputes": {_THE_DISPUTE: told}})
    return None


def _page(transaction: str) -> str:
    return f"https://vendors.paddle.com/transactions-v2/{transaction}"
