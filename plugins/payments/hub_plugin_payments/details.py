"""Order numbers and customers, wherever shops put them."""

from __future__ import annotations

import re
from collections.abc import Mapping

_ORDER_KEYS = ("orderid", "order", "ordernumber", "orderno", "invoiceid", "invoice")
_CUSTOMER_KEYS = ("customername", "name", "email", "customeremail", "phone", "customerphone")
#: "Order #10482", "Заказ №10482"
_NUMBER = re.compile(r"[#№]\s?([\w/-]{1,40})")


def order_of(data: Mapping[str, object] | None, description: str | None = None) -> str:
    """Return the order number out of a shop's own *data*, else the one that *description* names; or nothing."""
    if found := _first(data, _ORDER_KEYS):
        return found[0]
    named = _NUMBER.search(description or "")
    return named[1] if named else ""


def customer_of(*told: str | None, data: Mapping[str, object] | None = None) -> str:
    """Return who pays, out of what the provider says and, if that is nothing, the shop's own *data*."""
    known = [part for part in told if part] or _first(data, _CUSTOMER_KEYS)
    return ", ".join(dict.fromkeys(known))


def _first(data: Mapping[str, object] | None, keys: tuple[str, ...]) -> list[str]:
    """Return the plain values under *keys*, in that order; ``Order_Id`` is ``orderid``."""
    plain = {re.sub(r"[^a-z]", "", name.lower()): value for name, value in (data or {}).items()}
    values = [plain[key] for key in keys if key in plain]
    return [str(each) for each in values if isinstance(each, str | int) and str(each).strip()]
