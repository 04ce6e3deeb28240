"""From what a provider says about a payment to an event of the hub."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from hub.plugin import EventKind, InboundRequest, plain
from hub_plugin_payments.labels import labels_of
from hub_plugin_payments.messages import severity_of, title_of
from hub_plugin_payments.payment import Payment, PaymentEvent, Status

_KINDS: Mapping[Status, EventKind] = {
    Status.FAILED: EventKind.PROBLEM,
    Status.DISPUTED: EventKind.PROBLEM,
    Status.DISPUTE_LOST: EventKind.PROBLEM,
    Status.PAID: EventKind.MESSAGE,
}


def event_of(request: InboundRequest, key: str, payment: Payment, at: datetime | None = None) -> PaymentEvent:
    """Return the event that says *payment*.

    Args:
        key: equal for every repeat of the same notification of this provider.
        at: when it happened; when it was received where the provider does not say.
    """
    return PaymentEvent(
        event_id=f"{payment.provider}:{key}",
        kind=_KINDS.get(payment.status, EventKind.UPDATE),
        severity=severity_of(payment.status),
        title=plain(title_of(payment)),
        text=payment.description,
        occurred_at=at or request.received_at,
        url=payment.url or None,
        labels=labels_of(payment),
        payment=payment,
        received_at=request.received_at,
    )
