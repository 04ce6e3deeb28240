"""Values as 1C writes them: with blanks in numbers, without zones in times, with zeros for nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from decimal import Decimal

_BLANKS = re.compile(r"[\s\u00a0\u202f]")
_NUMBER = re.compile(r"-?\d{1,18}([.,]\d{1,9})?", re.ASCII)
_NO_REFERENCE = "00000000-0000-0000-0000-000000000000"
_DATES = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d.%m.%Y", "%Y%m%d%H%M%S", "%Y%m%d")
_CURRENCIES = {
    **dict.fromkeys(("руб", "руб.", "р.", "₽", "643", "rur", "рублей"), "RUB"),
    **dict.fromkeys(("840", "usd", "$", "долл.", "долл"), "USD"),
    **dict.fromkeys(("978", "eur", "€", "евро"), "EUR"),
    **dict.fromkeys(("398", "тенге"), "KZT"),
    **dict.fromkeys(("933", "бел. руб."), "BYN"),
}
_YES = frozenset({"true", "истина", "да", "1"})
_CODE = re.compile(r"[A-Z]{3}", re.ASCII)


def text(value: object) -> str:
    """Return a text or number as text; nothing for what is empty, an empty reference, or has parts."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    shown = str(value).replace("\x00", "").encode("utf-8", "replace").decode().strip()
    return "" if shown == _NO_REFERENCE else shown


def number(value: object) -> Decimal | None:
    """Return a number, also of a text as ``Формат()`` makes it: ``1 234,50``."""
    found = _BLANKS.sub("", text(value)[:60])
    return Decimal(found.replace(",", ".")) if _NUMBER.fullmatch(found) else None


def flag(value: object) -> bool:
    """Return whether the value says yes: a boolean, or a word for it in English or Russian."""
    return value if isinstance(value, bool) else text(value).lower() in _YES


def currency(value: object) -> str:
    """Return the ISO 4217 code; roubles where nothing, or nothing known, is said."""
    word = text(value)
    code = _CURRENCIES.get(word.lower(), word.upper())
    return code if _CODE.fullmatch(code) else "RUB"


def moment(value: object, zone: tzinfo) -> datetime | None:
    """Return the time in UTC; ``None`` for an empty date (the year 1) and for what is no time."""
    written = text(value)[:40]
    for pattern in ("", *_DATES):
        try:
            found = _read(written, pattern)
            found = (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
        return found if 1970 <= found.year < 9999 else None
    return None


def _read(written: str, pattern: str) -> datetime:
    # the caller sets the zone
    return datetime.strptime(written, pattern) if pattern else datetime.fromisoformat(written)  # noqa: DTZ007
