"""CloudPayments: an address for each kind of notification, signed in two headers.

Sources: developers.cloudpayments.ru, "Уведомления", "Проверка уведомлений". Sources disagree which header is over
the body as sent and which over the decoded text, so either may be either.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Annotated
from urllib.parse import unquote_plus

from pydantic import Field, SecretStr

from hub.plugin import Answer, InboundRequest, InvalidPayload, InvalidSignature, Verifier
from hub_plugin_payments import settings
from hub_plugin_payments.details import customer_of, order_of
from hub_plugin_payments.endpoint import Endpoint, Ignored
from hub_plugin_payments.events import event_of
from hub_plugin_payments.money import Currency, Major, tidy
from hub_plugin_payments.payment import Payment, PaymentEvent, Stage, State
from hub_plugin_payments.providers.body import Body, fields_as_sent, read
from hub_plugin_payments.signatures import same

NAME = "cloudpayments"

_HEADERS = ("Content-HMAC", "X-Content-HMAC")
_TAKEN = Answer.json({"code": 0})
#: Code 13: "the payment cannot be accepted"; anything but 0 says that the notification did not arrive.
_REFUSED = Answer.json({"code": 13}, status=401)

_Id = Annotated[str, Field(pattern=r"^[0-9]{1,30}$")]


class _Notice(Body):
    transaction: _Id = Field(alias="TransactionId")
    amount: Major = Field(alias="Amount")
    at: str = Field("", alias="DateTime")
    order: str = Field("", alias="InvoiceId")
    account: str = Field("", alias="AccountId")
    email: str = Field("", alias="Email")
    description: str = Field("", alias="Description")
    data: str = Field("", alias="Data")
    test: str = Field("", alias="TestMode")

    @property
    def happened_at(self) -> datetime | None:
        """The time in UTC, as ``2026-11-22 10:04:51``; ``None`` where it is written otherwise."""
        try:
            told = datetime.fromisoformat(self.at)
        except ValueError:
            return None
        return told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)

    @property
    def own(self) -> Mapping[str, object]:
        """What the shop attached."""
        try:
            return fields_as_sent(self.data.encode("utf-8", "replace")) if self.data else {}
        except InvalidPayload:
            return {}


class _Paid(_Notice):
    currency: Currency = Field(alias="Currency")
    status: str = Field("", alias="Status")
    reason: str = Field("", alias="Reason")


class _Refunded(_Notice):
    payment: _Id = Field(alias="PaymentTransactionId")


def endpoints(table: settings.CloudPayments) -> Iterator[Endpoint]:
    """Return an address for each kind; not for ``check``, whose answer could refuse a payment."""
    verify = _signed(table.api_secret)
    readers: dict[str, Callable[[InboundRequest], PaymentEvent | Ignored]] = {
        "pay": partial(_paid, "pay"),
        "confirm": partial(_paid, "confirm"),
        "fail": partial(_paid, "fail"),
        "refund": _refunded,
        "cancel": _canceled,
    }
    for kind, reader in readers.items():
        yield Endpoint(path=f"cloudpayments/{kind}", verify=verify, read=reader, answer=lambda _: _TAKEN)


def _signed(secret: SecretStr) -> Verifier:
    key = secret.get_secret_value().encode()

    def digest(text: bytes) -> str:
        return base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()

    def verify(request: InboundRequest) -> None:
        given = [value for value in map(request.header, _HEADERS) if value is not None]
        if not given:
            raise InvalidSignature(f"neither {_HEADERS[0]} nor {_HEADERS[1]} is there", answer=_REFUSED)
        if any(same(each, digest(request.body)) for each in given):
            return
        # with both, one of them is over the very bytes, so that a body written anew is noticed
        if len(given) > 1 or not same(given[0], digest(_decoded(request.body))):
            raise InvalidSignature("wrong signature", answer=_REFUSED)

    return verify


def _decoded(body: bytes) -> bytes:
    return unquote_plus(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")


def _paid(kind: str, request: InboundRequest) -> PaymentEvent:
    notice = read(_Paid, _fields(request), request)
    if kind == "fail":
        state = State.FAILED
    elif kind == "pay" and notice.status == "Authorized":
        state = State.HELD
    else:
        state = State.PAID
    stage = Stage(state=state, at=notice.happened_at or request.received_at, reason=notice.reason)
    payment = _payment(notice, notice.transaction).model_copy(
        update={
            "stage": stage,
            "amount": tidy(notice.amount, notice.currency),
            "currency": notice.currency,
        }
    )
    return event_of(request, f"{kind}:{notice.transaction}", payment, stage.at)


def _refunded(request: InboundRequest) -> PaymentEvent:
    notice = read(_Refunded, _fields(request), request)
    # the currency is that of the payment, which this notification does not tell
    back = {notice.transaction: tidy(notice.amount, "")}
    payment = _payment(notice, notice.payment).model_copy(update={"refunds": back})
    return event_of(request, f"refund:{notice.transaction}", payment, notice.happened_at)


def _canceled(request: InboundRequest) -> PaymentEvent:
    notice = read(_Notice, _fields(request), request)
    stage = Stage(state=State.CANCELED, at=notice.happened_at or request.received_at)
    payment = _payment(notice, notice.transaction).model_copy(update={"stage": stage})
    return event_of(request, f"cancel:{notice.transaction}", payment, stage.at)


def _payment(notice: _Notice, id: str) -> Payment:
    """Return what every kind tells. The holder's name and all else that is on the card stays out."""
    own = notice.own
    return Payment(
        provider=NAME,
        id=id,
        order=notice.order or order_of(own, notice.description),
        customer=customer_of(notice.email, data=own) or customer_of(notice.account),
        description=notice.description,
        test=notice.test in ("1", "true"),
    )


def _fields(request: InboundRequest) -> dict[str, str]:
    """Return the fields of either format, those without a value left out."""
    found: Mapping[str, object] = (
        fields_as_sent(request.body) if request.content_type == "application/json" else request.form()
    )
    texts = ((name, value if isinstance(value, str) else json.dumps(value)) for name, value in found.items())
    return {name: text for name, text in texts if text not in ("", "null")}
