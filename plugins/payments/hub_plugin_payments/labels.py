"""What routes can match."""

from __future__ import annotations

from hub_plugin_payments.payment import Payment


def labels_of(payment: Payment) -> dict[str, str]:
    """Return the labels of a payment; what is not known is left out."""
    found = {
        "provider": payment.provider,
        "payment": payment.id,
        "status": payment.status.value,
        "order": payment.order,
        "amount": "" if payment.amount is None else str(payment.amount),
        "currency": payment.currency,
        "refunded": str(payment.back) if payment.back else "",
        "reason": payment.reason,
        "test": "yes" if payment.test else "",
    }
    return {name: value for name, value in found.items() if value}
