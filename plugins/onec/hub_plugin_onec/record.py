"""One event of 1C in the hub's words, from English or Russian keys or an entity of OData."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from hub.plugin import InvalidPayload
from hub_plugin_onec import values

_LONGEST_ID = 300
#: Goods of one order that are told.
MOST_ITEMS = 10


class Kind(StrEnum):
    """What happened, in the words of the contract."""

    ORDER_CREATED = "order.created"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_STATUS = "order.status"
    ORDER_PAID = "order.paid"
    PAYMENT_RECEIVED = "payment.received"
    DOCUMENT_POSTED = "document.posted"
    STOCK_LOW = "stock.low"
    ERROR = "error"
    CUSTOM = "custom"


#: What 1C code in Russian calls the same.
_KINDS: Mapping[str, Kind] = {
    **{kind.value: kind for kind in Kind},
    **dict.fromkeys(("новыйзаказ", "созданиезаказа", "заказсоздан"), Kind.ORDER_CREATED),
    **dict.fromkeys(("отменазаказа", "заказотменен", "заказотменён"), Kind.ORDER_CANCELLED),
    **dict.fromkeys(
        (
            "статусзаказа",
            "изменениестатусазаказа",
            "изменениестатуса",
            "измененстатусзаказа",
            "изменёнстатусзаказа",
        ),
        Kind.ORDER_STATUS,
    ),
    **dict.fromkeys(("заказоплачен", "оплатазаказа"), Kind.ORDER_PAID),
    **dict.fromkeys(("поступлениеоплаты", "оплата", "оплатаполучена"), Kind.PAYMENT_RECEIVED),
    **dict.fromkeys(("проведениедокумента", "документпроведен", "документпроведён"), Kind.DOCUMENT_POSTED),
    **dict.fromkeys(("минимальныйостаток", "остатокниженормы"), Kind.STOCK_LOW),
    **dict.fromkeys(("ошибка",), Kind.ERROR),
    **dict.fromkeys(("сообщение", "произвольное"), Kind.CUSTOM),
}
#: Every name a field may have; the first is that of the contract.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "event": ("event", "событие"),
    "id": ("id", "идентификаторсообщения", "идентификатор", "ид"),
    "at": ("occurred_at", "дата", "date"),
    "source": ("source", "источник", "база"),
    "document": ("document", "документ"),
    "number": ("number", "номер"),
    "url": ("url", "навигационнаяссылка"),
    "basis": ("basis", "основание", "order", "заказ"),
    "counterparty": ("counterparty", "контрагент", "клиент", "покупатель"),
    "name": ("name", "наименование"),
    "phone": ("phone", "телефон"),
    "email": ("email", "электроннаяпочта", "почта"),
    "amount": ("amount", "сумма", "суммадокумента"),
    "currency": ("currency", "валюта"),
    "status": ("status", "статус", "состояние"),
    "responsible": ("responsible", "ответственный", "менеджер"),
    "items": ("items", "товары"),
    "title": ("title", "заголовок", "тема"),
    "details": ("details", "подробности", "описание", "комментарий", "текст"),
    "reason": ("reason", "причина", "причинаотмены"),
    "severity": ("severity", "важность"),
    "item": ("item", "номенклатура", "товар"),
    "warehouse": ("warehouse", "склад"),
    "left": ("left", "остаток"),
    "minimum": ("minimum", "минимальныйостаток"),
    "unit": ("unit", "единица"),
    "quantity": ("quantity", "количество"),
    "paid": ("paid", "оплачен"),
    "shipped": ("shipped", "отгружен"),
}


class Record(BaseModel):
    """One event; empty fields were not sent or say nothing."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: Kind
    at: datetime | None = None
    source: str = ""
    number: str = ""
    url: str = ""
    basis: str = ""
    customer: str = ""
    phone: str = ""
    email: str = ""
    amount: Decimal | None = None
    currency: str = ""
    status: str = ""
    responsible: str = ""
    items: tuple[str, ...] = ()
    title: str = ""
    details: str = ""
    reason: str = ""
    severity: str = ""
    item: str = ""
    warehouse: str = ""
    left: Decimal | None = None
    minimum: Decimal | None = None
    unit: str = ""
    paid: bool = False
    shipped: bool = False


def record_of(raw: object, zone: tzinfo) -> Record:
    """Read one event; times without a zone are of *zone*.

    Raises:
        InvalidPayload: no event of the contract (status 422); the text is for whoever wrote the 1C code.
    """
    if not isinstance(raw, dict):
        raise InvalidPayload("an event must be a JSON object", status=422)
    if "#value" in raw:
        raise InvalidPayload("write the Структура with ЗаписатьJSON, not with СериализаторXDTO", status=422)
    sent = _Sent(raw)
    document, customer, basis = (sent.part(name) for name in ("document", "counterparty", "basis"))
    return Record(
        id=_id(raw, sent),
        kind=_kind(raw, sent),
        at=values.moment(sent.get("at"), zone),
        source=sent.text("source"),
        number=document.text("number") or sent.text("number"),
        url=document.text("url") or sent.text("url"),
        basis=basis.text("number") or sent.text("basis"),
        customer=customer.text("name") or sent.text("counterparty"),
        phone=customer.text("phone") or sent.text("phone"),
        email=customer.text("email") or sent.text("email"),
        amount=values.number(sent.get("amount")),
        currency=values.currency(sent.get("currency")),
        status=sent.text("status"),
        responsible=sent.text("responsible"),
        items=tuple(_items(sent.get("items"))),
        title=sent.text("title"),
        details=sent.text("details"),
        reason=sent.text("reason"),
        severity=sent.text("severity"),
        item=sent.text("item"),
        warehouse=sent.text("warehouse"),
        left=values.number(sent.get("left")),
        minimum=values.number(sent.get("minimum")),
        unit=sent.text("unit"),
        paid=values.flag(sent.get("paid")),
        shipped=values.flag(sent.get("shipped")),
    )


class _Sent:
    """An object as it was sent; its keys are found under any of their names, in any case."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self._raw = {key.lower(): value for key, value in raw.items()}

    def get(self, name: str) -> object:
        return next((self._raw[each] for each in _NAMES[name] if each in self._raw), None)

    def text(self, name: str) -> str:
        return values.text(self.get(name))

    def part(self, name: str) -> _Sent:
        found = self.get(name)
        return _Sent(found if isinstance(found, dict) else {})


def _is_odata(raw: Mapping[str, Any]) -> bool:
    return "Ref_Key" in raw and "Number" in raw


def _id(raw: Mapping[str, Any], sent: _Sent) -> str:
    found = (
        f"{values.text(raw['Ref_Key'])}:{values.text(raw.get('DataVersion'))}"
        if _is_odata(raw)
        else sent.text("id")
    )
    if not found:
        raise InvalidPayload(
            "id is missing; send one that is the same whenever the event is sent again", status=422
        )
    if len(found) > _LONGEST_ID:
        raise InvalidPayload(f"id is longer than {_LONGEST_ID} characters", status=422)
    return found


def _kind(raw: Mapping[str, Any], sent: _Sent) -> Kind:
    if _is_odata(raw):
        return Kind.DOCUMENT_POSTED
    kind = _KINDS.get(sent.text("event").lower())
    if kind is None:
        raise InvalidPayload(f"event is missing or unknown; known are {', '.join(Kind)}", status=422)
    return kind


def _items(found: object) -> list[str]:
    told = []
    for each in found[:MOST_ITEMS] if isinstance(found, list) else ():
        item = _Sent(each if isinstance(each, dict) else {})
        name = item.text("name") or item.text("item")
        quantity = values.number(item.get("quantity"))
        if name:
            told.append(name if quantity is None else f"{name} × {quantity.normalize():f}")
    return told
