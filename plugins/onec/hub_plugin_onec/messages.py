"""The card of each kind of event."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from hub.plugin import (
    EventKind,
    FieldRow,
    InboundEvent,
    Money,
    Notification,
    Number,
    Severity,
    T,
    Text,
    Words,
    field,
    lines,
    plain,
)
from hub_plugin_onec.record import Kind, Record

_TITLE, _VALUE, _TEXT = 300, 1000, 4000
_TITLES: Mapping[Kind, Callable[[str, str], Text]] = {
    Kind.ORDER_CREATED: lambda number, _: T("New order {number}", number=number),
    Kind.ORDER_CANCELLED: lambda number, _: T("Order {number} is cancelled", number=number),
    Kind.ORDER_STATUS: lambda number, status: (
        T("Order {number}: {status}", number=number, status=status)
        if status
        else T("Order {number} has changed", number=number)
    ),
    Kind.ORDER_PAID: lambda number, _: T("Order {number} is paid", number=number),
    Kind.PAYMENT_RECEIVED: lambda number, _: T("Payment {number} is received", number=number),
    Kind.DOCUMENT_POSTED: lambda number, _: T("Document {number} is posted", number=number),
}
_ORDERS = frozenset({Kind.ORDER_CREATED, Kind.ORDER_CANCELLED, Kind.ORDER_STATUS, Kind.ORDER_PAID})
_SEVERITIES = {Kind.ORDER_CANCELLED: "warning", Kind.STOCK_LOW: "warning", Kind.ERROR: "error"}


class OnecEvent(InboundEvent):
    """One event with its record; ``notify`` gets the very objects that ``parse`` returns."""

    record: Record
    endpoint: str


def event_of(record: Record, *, endpoint: str, received_at: datetime) -> OnecEvent:
    """Return what is told of *record*."""
    labels = {
        "event": record.kind.value,
        "status": record.status,
        "source": record.source,
        "endpoint": endpoint,
    }
    return OnecEvent(
        event_id=record.id,
        kind=EventKind.PROBLEM if record.kind is Kind.ERROR else EventKind.MESSAGE,
        severity=Severity.read(record.severity or _SEVERITIES.get(record.kind, "info")),
        title=plain(_title(record)),
        text=record.details[:_TEXT],
        occurred_at=record.at or received_at,
        labels={name: value[:200] for name, value in labels.items() if value},
        record=record,
        endpoint=endpoint,
    )


def tell(event: OnecEvent, *, to: tuple[str, ...]) -> Notification:
    """Return the card: one for all of an order, one for each other event."""
    record = event.record
    order = record.number if record.kind in _ORDERS else ""
    below = f"{event.endpoint}:" if event.endpoint else ""
    return Notification(
        key=f"{below}{record.kind}:{record.id}"[:500],
        kind=f"onec.{record.kind}",
        title=_title(record),
        text=event.text,
        severity=event.severity,
        url=record.url if urlsplit(record.url[:2000]).scheme in ("http", "https") else "",
        fields=tuple(_rows(record)),
        labels=event.labels,
        to=to,
        thread=f"{below}order:{order}"[:1000] if order else "",
        occurred_at=event.occurred_at,
    )


def _title(record: Record) -> Words:
    number = (record.number or record.id)[:_TITLE]
    if record.kind in _TITLES:
        return _TITLES[record.kind](number, record.status[:_TITLE])
    if record.kind is Kind.STOCK_LOW:
        return T("Running out: {item}", item=(record.item or record.title or record.id)[:_TITLE])
    return record.title[:_TITLE] or (T("Error in 1C") if record.kind is Kind.ERROR else T("Message from 1C"))


def _rows(record: Record) -> Iterator[FieldRow]:
    if record.amount is not None:
        yield field(T("Amount"), Money(amount=record.amount, currency=record.currency))
    for name, amount in ((T("Left"), record.left), (T("Minimum"), record.minimum)):
        if amount is not None:
            yield field(name, Number(value=amount, unit=record.unit[:20]))
    for name, value in (
        (T("Warehouse"), record.warehouse),
        (T("Customer"), record.customer),
        (T("Phone"), record.phone),
        (T("E-mail"), record.email),
        (T("Order"), record.basis if record.basis != record.number else ""),
        (T("Status"), "" if record.kind is Kind.ORDER_STATUS else record.status),
        (T("Reason"), record.reason),
        (T("Responsible"), record.responsible),
    ):
        if value:
            yield field(name, value[:_VALUE])
    for name, holds in (
        (T("Paid"), record.paid and record.kind is not Kind.ORDER_PAID),
        (T("Shipped"), record.shipped),
    ):
        if holds:
            yield field(name, T("yes"))
    if record.items:
        yield field(T("Items"), lines(*(item[:_VALUE] for item in record.items)))
    if record.source:
        yield field(T("Base"), record.source[:_VALUE])
