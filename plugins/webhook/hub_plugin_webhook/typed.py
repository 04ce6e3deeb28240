"""Amounts, numbers and times as senders write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from hub.plugin import Moment, Money, Number

_BLANKS = re.compile(r"[\s\u00a0\u202f]")
_NUMBER = re.compile(r"-?\d{1,18}([.,]\d{1,9})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
#: Unix times from here on are milliseconds; as seconds this is the year 5138.
_MILLISECONDS = 100_000_000_000


def decimal_of(value: object) -> Decimal | None:
    """Return the number; ``None`` for what is none, or is larger than any amount."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = _BLANKS.sub("", str(value)[:60])
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None


def number(value: object) -> Number | None:
    """Return it as a number in the reader's notation."""
    found = decimal_of(value)
    return None if found is None else Number(value=found)


def money(amount: object, currency: object) -> Money | Number | None:
    """Return the amount; without a currency's code it is only a number."""
    found = decimal_of(amount)
    code = currency.strip().upper() if isinstance(currency, str) else ""
    if found is None or not _CURRENCY.fullmatch(code):
        return number(amount)
    return Money(amount=found, currency=code)


def time_of(value: object) -> datetime | None:
    """Return the time in UTC: ISO 8601 (without zone: UTC), Unix seconds or milliseconds."""
    seconds = decimal_of(value)
    try:
        if seconds is not None:
            seconds = seconds / 1000 if abs(seconds) >= _MILLISECONDS else seconds
            found = datetime.fromtimestamp(float(seconds), UTC)
        elif isinstance(value, str):
            found = datetime.fromisoformat(value.strip()[:40])
            found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return found if 1970 <= found.year < 9999 else None


def moment(value: object) -> Moment | None:
    """Return it as a moment in the reader's zone."""
    found = time_of(value)
    return None if found is None else Moment(at=found)
