"""Stripe: signed snapshot events, several for one payment, in any order.

Sources: stripe-python's ``_webhook.py``, the API reference of events. A checkout gives
``payment_intent.succeeded``, ``charge.succeeded`` and ``checkout.session.completed``; all of them name the
payment intent, which is the payment here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BeforeValidator, Field

from hub.plugin import InboundRequest, InvalidPayload
from hub_plugin_payments import settings
from hub_plugin_payments.details import customer_of, order_of
from hub_plugin_payments.endpoint import Endpoint, Ignored
from hub_plugin_payments.events import event_of
from hub_plugin_payments.money import Currency, Minor, from_minor
from hub_plugin_payments.payment import Dispute, DisputeState, Id, Payment, PaymentEvent, Stage, State
from hub_plugin_payments.providers.body import Body
from hub_plugin_payments.signatures import timed_hmac

NAME = "stripe"

_Metadata = Annotated[dict[str, str], BeforeValidator(lambda value: {} if value is None else value)]


_Seconds = Annotated[int, Field(ge=0, lt=2**34)]


class _Person(Body):
    name: str | None = None
    email: str | None = None


class _Failure(Body):
    code: str | None = None
    decline_code: str | None = None
    message: str | None = None

    @property
    def reason(self) -> str:
        return self.message or self.decline_code or self.code or ""


class _Intent(Body):
    id: Id
    amount: Minor
    amount_received: Minor | None = None
    currency: Currency
    description: str | None = None
    metadata: _Metadata = Field(default_factory=dict)
    receipt_email: str | None = None
    last_payment_error: _Failure | None = None
    cancellation_reason: str | None = None


class _Session(Body):
    id: Id
    mode: str | None = None
    payment_intent: Id | None = None
    payment_status: str
    amount_total: Minor | None = None
    currency: Currency | None = None
    client_reference_id: str | None = None
    metadata: _Metadata = Field(default_factory=dict)
    customer_details: _Person | None = None
    customer_email: str | None = None


class _Charge(Body):
    id: Id
    created: _Seconds | None = None
    payment_intent: Id | None = None
    amount: Minor
    amount_captured: Minor | None = None
    amount_refunded: Minor = 0
    refunded: bool = False
    captured: bool = True
    currency: Currency
    description: str | None = None
    metadata: _Metadata = Field(default_factory=dict)
    billing_details: _Person | None = None
    receipt_email: str | None = None
    failure_message: str | None = None
    failure_code: str | None = None


class _Refund(Body):
    id: Id
    charge: Id | None = None
    payment_intent: Id | None = None
    amount: Minor
    currency: Currency
    status: str | None = None


class _Dispute(Body):
    id: Id
    charge: Id
    payment_intent: Id | None = None
    amount: Minor
    currency: Currency
    reason: str | None = None
    status: str


class _Envelope(Body):
    id: str = Field(min_length=1, max_length=255)
    object: str = "event"
    type: str


_O = TypeVar("_O", bound=Body)


class _Data(Body, Generic[_O]):
    object: _O


class _Event(Body, Generic[_O]):
    created: _Seconds
    livemode: bool = True
    data: _Data[_O]

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.created, UTC)

    def page(self, payment: str) -> str:
        return f"https://dashboard.stripe.com/{'' if self.livemode else 'test/'}payments/{payment}"


def endpoints(table: settings.Stripe) -> Iterator[Endpoint]:
    """Return ``/in/payments/stripe``."""
    verify = timed_hmac(
        table.secret,
        header="Stripe-Signature",
        separator=",",
        time="t",
        signature="v1",
        joint=".",
        status=400,
    )
    yield Endpoint(path="stripe", verify=verify, read=_read)


def _read(request: InboundRequest) -> PaymentEvent | Ignored:
    envelope = request.json_as(_Envelope)
    if envelope.object != "event":
        raise InvalidPayload(
            "this is no snapshot event; choose the payload style 'snapshot' for the webhook endpoint",
            status=422,
        )
    if envelope.type not in _READERS:
        return Ignored(f"nothing is told about {envelope.type[:80]}")
    model, tell = _READERS[envelope.type]
    event = request.json_as(_Event[model])  # type: ignore[valid-type]
    payment = tell(event, event.data.object)
    if payment is None:
        return Ignored(f"no money moves with this {envelope.type}")
    return event_of(request, envelope.id, payment, event.at)


def _intent(state: State) -> Callable[[_Event[_Intent], _Intent], Payment]:
    def tell(event: _Event[_Intent], intent: _Intent) -> Payment:
        failure = intent.last_payment_error
        reasons = {
            State.FAILED: failure.reason if failure else "",
            State.CANCELED: intent.cancellation_reason or "",
        }
        paid = intent.amount_received if state is State.PAID else None
        return Payment(
            provider=NAME,
            id=intent.id,
            stage=Stage(state=state, at=event.at, reason=reasons.get(state, "")),
            amount=from_minor(paid or intent.amount, intent.currency),
            currency=intent.currency,
            order=order_of(intent.metadata, intent.description),
            customer=customer_of(intent.receipt_email, data=intent.metadata),
            description=intent.description or "",
            url=event.page(intent.id),
            test=not event.livemode,
        )

    return tell


def _session(state: State | None) -> Callable[[_Event[_Session], _Session], Payment | None]:
    """Return a reader; without *state* the session says itself whether the money is there."""

    def tell(event: _Event[_Session], session: _Session) -> Payment | None:
        if session.mode == "setup":
            return None
        is_paid = session.payment_status in ("paid", "no_payment_required")
        person, currency = session.customer_details or _Person(), session.currency
        id = session.payment_intent or session.id
        return Payment(
            provider=NAME,
            id=id,
            stage=Stage(state=state or (State.PAID if is_paid else State.PENDING), at=event.at),
            amount=from_minor(session.amount_total, currency)
            if session.amount_total is not None and currency
            else None,
            currency=currency or "",
            order=session.client_reference_id or order_of(session.metadata),
            customer=customer_of(person.name, person.email or session.customer_email, data=session.metadata),
            url=event.page(id) if session.payment_intent else "",
            test=not event.livemode,
        )

    return tell


def _charge(state: State) -> Callable[[_Event[_Charge], _Charge], Payment]:
    def tell(event: _Event[_Charge], charge: _Charge) -> Payment:
        person = charge.billing_details or _Person()
        is_failed = state is State.FAILED
        now = State.HELD if state is State.PAID and not charge.captured else state
        amount = charge.amount_captured if now is State.PAID else None
        id = charge.payment_intent or charge.id
        return Payment(
            provider=NAME,
            id=id,
            stage=Stage(
                state=now,
                at=event.at,
                reason=(charge.failure_message or charge.failure_code or "") if is_failed else "",
            ),
            amount=from_minor(amount or charge.amount, charge.currency),
            currency=charge.currency,
            order=order_of(charge.metadata, charge.description),
            customer=customer_of(person.name, person.email or charge.receipt_email, data=charge.metadata),
            description=charge.description or "",
            refunded=from_minor(charge.amount_refunded, charge.currency),
            refunded_fully=charge.refunded,
            url=event.page(id),
            test=not event.livemode,
        )

    return tell


def _refunded(event: _Event[_Charge], charge: _Charge) -> Payment:
    """Return the charge as it is now; it was paid when it was made and not when money went back."""
    payment = _charge(State.PAID)(event, charge)
    paid_at = event.at if charge.created is None else datetime.fromtimestamp(charge.created, UTC)
    return payment.model_copy(update={"stage": Stage(state=State.PAID, at=paid_at)})


def _refund(event: _Event[_Refund], refund: _Refund) -> Payment | None:
    """Return one refund; ``charge.refunded`` tells the sum of all, and either may be all that is subscribed."""
    id = refund.payment_intent or refund.charge
    if id is None or refund.status in ("failed", "canceled"):
        return None
    return Payment(
        provider=NAME,
        id=id,
        currency=refund.currency,
        refunds={refund.id: from_minor(refund.amount, refund.currency)},
        url=event.page(id),
        test=not event.livemode,
    )


def _dispute(event: _Event[_Dispute], dispute: _Dispute) -> Payment:
    id = dispute.payment_intent or dispute.charge
    state = {
        "won": DisputeState.WON,
        "warning_closed": DisputeState.WON,
        "lost": DisputeState.LOST,
    }.get(dispute.status, DisputeState.OPEN)
    told = Dispute(
        state=state,
        at=event.at,
        amount=from_minor(dispute.amount, dispute.currency),
        reason=dispute.reason or "",
    )
    return Payment(
        provider=NAME,
        id=id,
        currency=dispute.currency,
        disputes={dispute.id: told},
        url=event.page(id),
        test=not event.livemode,
    )


#: Event type -> what its object is, and how to read it. All other types say nothing for people.
_READERS: dict[str, tuple[type[Body], Callable[[Any, Any], Payment | None]]] = {
    "checkout.session.completed": (_Session, _session(None)),
    "checkout.session.async_payment_succeeded": (_Session, _session(State.PAID)),
    "checkout.session.async_payment_failed": (_Session, _session(State.FAILED)),
    "payment_intent.processing": (_Intent, _intent(State.PENDING)),
    "payment_intent.amount_capturable_updated": (_Intent, _intent(State.HELD)),
    "payment_intent.payment_failed": (_Intent, _intent(State.FAILED)),
    "payment_intent.succeeded": (_Intent, _intent(State.PAID)),
    "payment_intent.canceled": (_Intent, _intent(State.CANCELED)),
    "charge.succeeded": (_Charge, _charge(State.PAID)),
    "charge.captured": (_Charge, _charge(State.PAID)),
    "charge.failed": (_Charge, _charge(State.FAILED)),
    "charge.refunded": (_Charge, _refunded),
    "refund.created": (_Refund, _refund),
    "refund.updated": (_Refund, _refund),
    "charge.dispute.created": (_Dispute, _dispute),
    "charge.dispute.updated": (_Dispute, _dispute),
    "charge.dispute.closed": (_Dispute, _dispute),
}
