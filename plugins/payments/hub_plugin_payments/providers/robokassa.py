"""Robokassa: a form at ResultURL, signed over the sum, the number and the shop's own fields.

Source: docs.robokassa.ru, "Оповещения и переадресации". SuccessURL is signed with the other password and must not
pass for ResultURL.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from hub.plugin import Answer, InboundRequest, InvalidPayload, InvalidSignature, Verifier
from hub_plugin_payments import settings
from hub_plugin_payments.details import customer_of, order_of
from hub_plugin_payments.endpoint import Endpoint
from hub_plugin_payments.events import event_of
from hub_plugin_payments.money import Major, tidy
from hub_plugin_payments.payment import Payment, PaymentEvent, Stage, State
from hub_plugin_payments.providers.body import Body, read
from hub_plugin_payments.signatures import same

NAME = "robokassa"

_CURRENCY = "RUB"  # the shop's currency; no field says otherwise
_OWN = "shp_"
_BAD = Answer(status=403, body="bad sign\n")


class _Result(Body):
    sum: Major = Field(alias="OutSum")
    number: Annotated[str, Field(alias="InvId", pattern=r"^[0-9]{0,20}$")] = ""
    email: str = Field("", alias="EMail")
    test: str = Field("", alias="IsTest")


def endpoints(table: settings.Robokassa) -> Iterator[Endpoint]:
    """Return ``/in/payments/robokassa``; ``…/robokassa/result`` is the same, for who names it after ResultURL."""
    for path in ("robokassa", "robokassa/result"):
        yield Endpoint(path=path, verify=_signed(table), read=_read, answer=_answer)


def signatures(form: Mapping[str, str], raw: Mapping[str, str], password: str, algorithm: str) -> set[str]:
    """Return the signatures that are right for *form*.

    The shop's own values are signed as they read; shops that encode them before they sign have them signed in
    the encoded form, as they stand in *raw*.
    """
    found = set()
    for values in (form, raw):
        own = [
            f"{name}={values.get(name, form[name])}" for name in sorted(form) if name.lower().startswith(_OWN)
        ]
        signed = ":".join([form.get("OutSum", ""), form.get("InvId", ""), password, *own])
        digest = hashlib.new(algorithm, signed.encode("utf-8", "surrogatepass")).hexdigest()
        found |= {digest, digest.upper()}
    return found


def _signed(table: settings.Robokassa) -> Verifier:
    password = table.password2.get_secret_value()

    def verify(request: InboundRequest) -> None:
        try:
            form = request.form()
        except InvalidPayload as exc:
            raise InvalidSignature(str(exc), answer=_BAD) from exc
        right = signatures(form, _as_sent(request.body), password, table.hash)
        given = form.get("SignatureValue", "")
        is_whole = "OutSum" in form and "InvId" in form
        if not any(same(given, each) for each in right) or not is_whole:
            raise InvalidSignature("wrong signature", answer=_BAD)

    return verify


def _read(request: InboundRequest) -> PaymentEvent:
    form = request.form()
    result = read(_Result, form, request)
    own = {name[len(_OWN) :]: value for name, value in form.items() if name.lower().startswith(_OWN)}
    number = "" if result.number.strip("0") == "" else result.number
    # without a number only the notification itself tells payments apart
    id = number or hashlib.sha256(request.body).hexdigest()[:16]
    payment = Payment(
        provider=NAME,
        id=id,
        stage=Stage(state=State.PAID, at=request.received_at),
        amount=tidy(result.sum, _CURRENCY),
        currency=_CURRENCY,
        order=number or order_of(own),
        customer=customer_of(result.email, data=own),
        test=result.test == "1",
    )
    return event_of(request, f"{id}:{form['OutSum']}", payment)


def _answer(request: InboundRequest) -> Answer:
    return Answer(body=f"OK{request.form()['InvId']}")


def _as_sent(body: bytes) -> dict[str, str]:
    """Return the form's values as they stand in the body."""
    pairs = (pair.partition("=") for pair in body.decode("latin-1").split("&"))
    return {name: value for name, _, value in pairs}
