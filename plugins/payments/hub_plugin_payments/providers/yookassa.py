"""YooKassa: notifications without a signature, so the API is asked before anything is believed.

Sources: yookassa-sdk-python (shapes of notifications and objects, networks), API reference v3.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Annotated, Literal, TypeVar

import httpx
from pydantic import AwareDatetime, BeforeValidator, Field, ValidationError

from hub.plugin import (
    InboundRequest,
    InvalidPayload,
    InvalidSignature,
    RetryLater,
    Verifier,
    all_of,
    path_secret,
)
from hub_plugin_payments import settings
from hub_plugin_payments.details import customer_of, order_of
from hub_plugin_payments.endpoint import Endpoint, Ignored
from hub_plugin_payments.events import event_of
from hub_plugin_payments.money import Currency, Major, tidy
from hub_plugin_payments.payment import Payment, PaymentEvent, Stage, State
from hub_plugin_payments.providers.body import Body

NAME = "yookassa"

#: The ids go into the API's addresses, so nothing else may look like one.
_Id = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]

_STATES = {
    "pending": State.PENDING,
    "waiting_for_capture": State.HELD,
    "succeeded": State.PAID,
    "canceled": State.FAILED,
}
_EVENTS = frozenset({"payment.waiting_for_capture", "payment.succeeded", "payment.canceled"})
_REFUND = "refund.succeeded"
_Data = Annotated[dict[str, object], BeforeValidator(lambda value: value if isinstance(value, dict) else {})]


class _Amount(Body):
    value: Major
    currency: Currency

    @property
    def exact(self) -> Decimal:
        return tidy(self.value, self.currency)


class _Cancellation(Body):
    party: str = ""
    reason: str = ""


class _Payment(Body):
    id: _Id
    status: str
    amount: _Amount
    created_at: AwareDatetime
    captured_at: AwareDatetime | None = None
    description: str | None = None
    metadata: _Data = Field(default_factory=dict)
    merchant_customer_id: str | None = None
    cancellation_details: _Cancellation | None = None
    refunded_amount: _Amount | None = None
    test: bool = False


class _Refund(Body):
    id: _Id
    payment_id: _Id
    status: str
    amount: _Amount
    created_at: AwareDatetime
    description: str | None = None


class _Envelope(Body):
    type: Literal["notification"]
    event: str = Field(max_length=100)


class _PaymentNotice(Body):
    object: _Payment


class _RefundNotice(Body):
    object: _Refund


_B = TypeVar("_B", bound=Body)


def endpoints(table: settings.YooKassa, http: httpx.Client) -> Iterator[Endpoint]:
    """Return ``/in/payments/yookassa/{secret}``."""
    verify = all_of([path_secret(table.path_secret), _from(table.networks)])
    api = _Api(table, http)
    yield Endpoint(path="yookassa/{secret}", verify=verify, read=_read, confirm=api.confirm)


def _from(networks: tuple[IPv4Network | IPv6Network, ...]) -> Verifier:
    def verify(request: InboundRequest) -> None:
        try:
            address = ip_address(request.client)
        except ValueError:
            raise InvalidSignature("it is not known who calls", status=403) from None
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if not any(address in network for network in networks):
            raise InvalidSignature("YooKassa does not call from there", status=403)

    return verify


def _read(request: InboundRequest) -> PaymentEvent | Ignored:
    """Read what is claimed; :meth:`_Api.confirm` finds out what is true."""
    envelope = request.json_as(_Envelope)
    if envelope.event == _REFUND:
        refund = request.json_as(_RefundNotice).object
        claimed = _refunded(refund)
        return event_of(request, f"{envelope.event}:{refund.id}", claimed, refund.created_at)
    if envelope.event in _EVENTS:
        told = request.json_as(_PaymentNotice).object
        if told.status not in _STATES:
            raise InvalidPayload("object.status: is none of a payment", status=422)
        claimed = _payment(told, request.received_at)
        at = claimed.stage.at if claimed.stage else None
        return event_of(request, f"{envelope.event}:{told.id}", claimed, at)
    return Ignored(f"nothing is told about {envelope.event}")


def _payment(told: _Payment, now: datetime) -> Payment:
    """Return what *told* says; *now* stands for the end of a payment, whose time is not told."""
    state = _STATES[told.status]
    ending = told.cancellation_details or _Cancellation()
    if state is State.FAILED and ending.party == "merchant":
        state = State.CANCELED
    times = {State.PAID: told.captured_at or told.created_at, State.FAILED: now, State.CANCELED: now}
    back = told.refunded_amount
    return Payment(
        provider=NAME,
        id=told.id,
        stage=Stage(state=state, at=times.get(state, told.created_at), reason=ending.reason),
        amount=told.amount.exact,
        currency=told.amount.currency,
        order=order_of(told.metadata, told.description),
        customer=customer_of(data=told.metadata) or customer_of(told.merchant_customer_id),
        description=told.description or "",
        refunded=back.exact if back else Decimal(0),
        url=f"https://yookassa.ru/my/payments?search={told.id}",
        test=told.test,
    )


def _refunded(refund: _Refund) -> Payment:
    return Payment(
        provider=NAME,
        id=refund.payment_id,
        currency=refund.amount.currency,
        order=order_of(None, refund.description),
        refunds={refund.id: refund.amount.exact},
        url=f"https://yookassa.ru/my/payments?search={refund.payment_id}",
    )


class _Api:
    """Asks YooKassa what really happened."""

    def __init__(self, table: settings.YooKassa, http: httpx.Client) -> None:
        self._http = http
        # an address without a path means the version of the API that this module reads
        has_path = (table.api_url.path or "/") != "/"
        self._url = str(table.api_url).rstrip("/") + ("" if has_path else "/v3")
        self._auth = httpx.BasicAuth(table.shop_id, table.secret_key.get_secret_value())

    def confirm(self, claimed: PaymentEvent) -> PaymentEvent:
        """Return the event with what the API says in place of what was claimed.

        Raises:
            RetryLater: the API does not answer, refuses the key, or does not know of the change yet.
            InvalidPayload: the API knows no such payment or refund.
        """
        payment = claimed.payment
        told = self._get("payments", payment.id, _Payment)
        if _is_behind(told.status, payment.stage):
            raise RetryLater(f"YooKassa does not confirm it yet: the payment is {told.status[:40]!r} there")
        known = _payment(told, claimed.received_at)
        for id in payment.refunds:
            refund = self._get("refunds", id, _Refund)
            if refund.payment_id != payment.id:
                raise InvalidPayload("object.payment_id: the refund is of another payment", status=422)
            if refund.status != "succeeded":
                raise RetryLater(
                    f"YooKassa does not confirm it yet: the refund is {refund.status[:40]!r} there"
                )
            known = known.model_copy(update={"refunds": {**known.refunds, id: refund.amount.exact}})
        return claimed.model_copy(update={"payment": known})

    def _get(self, what: Literal["payments", "refunds"], id: str, model: type[_B]) -> _B:
        try:
            answer = self._http.get(f"{self._url}/{what}/{id}", auth=self._auth, follow_redirects=False)
        except httpx.HTTPError as exc:
            raise RetryLater(f"YooKassa's API does not answer ({type(exc).__name__})") from exc
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise InvalidPayload(f"YooKassa knows no such object in {what} of this shop", status=422)
        if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
            raise RetryLater("YooKassa's API refuses shop_id and secret_key; correct them in the settings")
        if answer.status_code != httpx.codes.OK:
            raise RetryLater(f"YooKassa's API answers {answer.status_code}")
        try:
            found = model.model_validate_json(answer.content)
        except ValidationError as exc:
            raise RetryLater("YooKassa's API answers something unreadable; is api_url right?") from exc
        if getattr(found, "id", "") != id:
            raise RetryLater("YooKassa's API answers about something else; is api_url right?")
        return found


def _is_behind(status: str, claimed: Stage | None) -> bool:
    """Say whether the API is not as far as the notification claims, or at a stage that nobody knows."""
    state = _STATES.get(status)
    is_open = state in (State.PENDING, State.HELD)
    return state is None or (is_open and claimed is not None and claimed.state is not state)
