"""T-Bank (Tinkoff): notifications of operations, with a token over their fields.

Source: T-Bank's API 1.80, "Уведомления об операциях" and "Проверка токенов".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from hub.plugin import Answer, InboundRequest, InvalidPayload, InvalidSignature, Verifier
from hub_plugin_payments import settings
from hub_plugin_payments.details import customer_of, order_of
from hub_plugin_payments.endpoint import Endpoint, Ignored
from hub_plugin_payments.events import event_of
from hub_plugin_payments.money import Minor, from_minor
from hub_plugin_payments.payment import Payment, PaymentEvent, Stage, State
from hub_plugin_payments.providers.body import Body, fields_as_sent, read
from hub_plugin_payments.signatures import same

NAME = "tbank"

_CURRENCY = "RUB"  # the amounts are kopecks, no field says otherwise
_STATES = {
    "AUTHORIZED": State.HELD,
    "CONFIRMED": State.PAID,
    "REJECTED": State.FAILED,
    "AUTH_FAIL": State.FAILED,
    "DEADLINE_EXPIRED": State.FAILED,
    "REVERSED": State.CANCELED,
    "CANCELED": State.CANCELED,
}
_REFUNDS = frozenset({"PARTIAL_REFUNDED", "REFUNDED"})
_NEEDED = ("OrderId", "PaymentId", "Status", "Success", "Amount")

_Data = Annotated[dict[str, object], BeforeValidator(lambda value: value if isinstance(value, dict) else {})]


class _Notice(Body):
    status: str = Field(alias="Status", max_length=50)
    payment: str = Field(alias="PaymentId", pattern=r"^[0-9]{1,30}$")
    order: str = Field(alias="OrderId")
    success: bool = Field(alias="Success")
    amount: Minor = Field(alias="Amount")
    error: str = Field("0", alias="ErrorCode")
    message: str | None = Field(None, alias="Message")
    details: str | None = Field(None, alias="Details")
    data: _Data = Field(default_factory=dict, validation_alias=AliasChoices("Data", "DATA"))

    @property
    def reason(self) -> str:
        code = "" if self.error == "0" else self.error
        return ": ".join(part for part in (code, self.message or self.details) if part)


def endpoints(table: settings.TBank) -> Iterator[Endpoint]:
    """Return ``/in/payments/tbank``."""
    yield Endpoint(path="tbank", verify=_signed(table), read=_read, answer=lambda _: Answer(body="OK"))


def token(fields: Mapping[str, Any], password: str) -> str:
    """Return the token of a notification: a digest of its plain values and the password, by their names."""
    plain = {name: _text(value) for name, value in fields.items() if isinstance(value, str | bool)}
    plain.pop("Token", None)
    plain["Password"] = password
    text = "".join(plain[name] for name in sorted(plain))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _signed(table: settings.TBank) -> Verifier:
    password = table.password.get_secret_value()

    def verify(request: InboundRequest) -> None:
        try:
            fields = fields_as_sent(request.body)
        except InvalidPayload as exc:
            raise InvalidSignature(str(exc), status=403) from exc
        given = fields.get("Token")
        if not isinstance(given, str) or not same(given, token(fields, password)):
            raise InvalidSignature("wrong token", status=403)
        if fields.get("TerminalKey") != table.terminal_key:
            raise InvalidSignature("another terminal", status=403)
        # the token covers values and not names, so one without what every notification has is not whole
        if _is_about_a_payment(fields) and not all(name in fields for name in _NEEDED):
            raise InvalidSignature("a part of the notification is missing", status=403)

    return verify


def _read(request: InboundRequest) -> PaymentEvent | Ignored:
    fields = fields_as_sent(request.body)
    if not _is_about_a_payment(fields):
        return Ignored("a receipt or a saved card, no payment")
    notice = read(_Notice, fields, request)
    about = Payment(
        provider=NAME,
        id=notice.payment,
        currency=_CURRENCY,
        order=notice.order or order_of(notice.data),
        customer=customer_of(data=notice.data),
    )
    key, amount = f"{notice.payment}:{notice.status}", from_minor(notice.amount, _CURRENCY)
    if notice.status in _REFUNDS and notice.success:
        fully = notice.status == "REFUNDED"
        key = key if fully else f"{key}:{notice.amount}"
        back = {} if fully else {str(notice.amount): amount}
        refunded = about.model_copy(update={"refunds": back, "refunded_fully": fully})
        return event_of(request, key, refunded)
    state = _STATES.get(notice.status)
    if state is None or (state is not State.FAILED and not notice.success):
        success = "" if notice.success else " without success"
        return Ignored(f"nothing is told about {notice.status}{success}")
    stage = Stage(state=state, at=request.received_at, reason=notice.reason)
    return event_of(request, key, about.model_copy(update={"stage": stage, "amount": amount}))


def _is_about_a_payment(fields: Mapping[str, Any]) -> bool:
    """Say whether it is, and not about a saved card, an account of the fast payment system, or a receipt."""
    return "RequestKey" not in fields and fields.get("Status") != "RECEIPT"


def _text(value: str | bool) -> str:
    return value if isinstance(value, str) else str(value).lower()
