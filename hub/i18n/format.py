"""Numbers, money, moments and durations in the reader's notation.

Years are always shown: a card stays in the chat for years, and rendering must not depend on the day it
happens. Seconds never are. Amounts of whole units lose their zeros.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Context, Decimal
from typing import Literal

from babel import dates, numbers, units

from hub.i18n.reader import Reader

_NO_BREAK = "\u00a0"

#: Unambiguous on both sides of the Atlantic, month as a word, 24 hours.
_DATE = {"en": "d MMM y", "ru": "d MMMM y"}

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))

#: More digits than this are not a quantity somebody reads.
_DIGITS = Context(prec=20)


def number(value: Decimal, reader: Reader, *, unit: str = "") -> str:
    """Return ``1,250.5`` or ``1 250,5`` with all its decimals, and the unit behind it."""
    if _is_readable(value):
        rounded = _DIGITS.plus(value)
        shown = numbers.format_decimal(rounded, locale=reader.locale, decimal_quantization=False)
    else:
        shown = str(value)
    return f"{shown}{_NO_BREAK}{unit}" if unit else shown


def money(amount: Decimal, currency: str, reader: Reader) -> str:
    """Return ``$12.50`` or ``1 250 000 ₽``; a code that is no known currency stands behind the number."""
    code = currency.upper()
    if not _is_readable(amount) or not numbers.is_currency(code, reader.locale):
        return number(amount, reader, unit=currency)
    pattern = reader.locale.currency_formats["standard"].pattern
    if numbers.get_currency_symbol(code, reader.locale)[-1].isalpha():
        pattern = pattern.replace("¤#", f"¤{_NO_BREAK}#")
    whole = amount == amount.to_integral_value()
    return numbers.format_currency(
        amount,
        code,
        format=pattern.replace(".00", "") if whole else pattern,
        locale=reader.locale,
        currency_digits=not whole,
    )


def moment(at: datetime, reader: Reader, *, show: Literal["datetime", "date", "time"] = "datetime") -> str:
    """Return ``22 Nov 2026, 12:58`` or ``22 ноября 2026, 12:58`` in the reader's zone.

    Where the readers live in several zones, ``UTC+03:00`` follows the time of day.
    """
    local = _local(at, reader)
    day = dates.format_date(local, _DATE[reader.language], locale=reader.locale)
    if show == "date":
        return day
    time = dates.format_time(local, "HH:mm", tzinfo=local.tzinfo, locale=reader.locale)
    if reader.several_zones:
        offset = dates.get_timezone_gmt(local, "iso8601", return_z=True).removesuffix("Z")
        time = f"{time} UTC{offset}"
    return time if show == "time" else f"{day}, {time}"


def duration(length: timedelta, reader: Reader) -> str:
    """Return the two largest neighbouring units: ``16 minutes``, ``2 hr 5 min``, ``2 ч 5 мин``."""
    left = abs(round(length.total_seconds()))
    parts: list[tuple[int, str]] = []
    for unit, seconds in _UNITS:
        count, left = divmod(left, seconds)
        if parts:
            parts += [(count, unit)] if count else []
            break
        if count:
            parts.append((count, unit))
    width: Literal["short", "long"] = "short" if len(parts) > 1 else "long"
    words = " ".join(
        units.format_unit(count, f"duration-{unit}", width, locale=reader.locale)
        for count, unit in parts or [(0, "second")]
    )
    return f"−{words}" if length < timedelta(0) and parts else words


def _local(at: datetime, reader: Reader) -> datetime:
    try:
        return at.astimezone(reader.zone)
    except OverflowError:  # senders write "never" as 0001-01-01 or 9999-12-31
        return at


def _is_readable(value: Decimal) -> bool:
    return value.is_finite() and -_DIGITS.prec < value.adjusted() < _DIGITS.prec
