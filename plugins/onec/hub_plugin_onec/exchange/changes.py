"""What is new about an order: 1C sends whole orders, and sends them again."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from hub.plugin import Store
from hub_plugin_onec.record import Kind, Record

#: An order that is not sent for so long is forgotten; sent again, it is told as a new one.
_KEPT = timedelta(days=400)


class Orders:
    """Remembers of each order how it was told last."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def change(self, order: Record) -> Record | None:
        """Return *order* with the kind and the id of its change, or ``None`` when it is as it was told."""
        key = f"order:{_digest(order.id)}"
        mark = _digest(order.model_dump_json())
        known = self._store.get(key)
        last = known if isinstance(known, dict) else {}
        is_new = last.get("mark") != mark
        revision = int(str(last.get("revision", 0))) + is_new
        self._store.set(key, {"mark": mark, "revision": revision, "paid": order.paid}, _KEPT)
        if not is_new:
            return None
        kind = order.kind
        if kind is Kind.ORDER_STATUS and not last:
            kind = Kind.ORDER_CREATED
        elif kind is Kind.ORDER_STATUS and order.paid and not last.get("paid"):
            kind = Kind.ORDER_PAID
        # the same content may come back after another one, so the mark alone would not name the change
        id = f"{_digest(order.id)}:{revision}:{mark}"
        return order.model_copy(
            update={"id": id, "kind": kind, "at": order.at if kind is Kind.ORDER_CREATED else None}
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
