"""Filtering, sorting, selecting and paging, as the portal's list methods do it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from hub.sandbox.errors import RestError
from hub.sandbox.model import Json
from hub.sandbox.registry import Page

#: Rows of a page; the portal offers no other size.
PAGE_SIZE = 50

_PREFIXES = ("!=%", "!%=", "!@", "!%", "!=", ">=", "<=", "=%", "%=", "!", ">", "<", "=", "@", "%")


def split_filter(key: str) -> tuple[str, str]:
    """Take the comparison off a filter key: `>=DATE_CREATE` -> (`>=`, `DATE_CREATE`)."""
    prefix = next((prefix for prefix in _PREFIXES if key.startswith(prefix)), "")
    return prefix, key[len(prefix) :]


def filter_rows(
    rows: Iterable[Json], wanted: Mapping[str, Any], *, unknown: Callable[[str], None]
) -> list[Json]:
    """Return the rows that meet every condition; a field no row could have goes to *unknown*."""
    found = list(rows)
    known = set(found[0]) if found else None
    for key, value in wanted.items():
        prefix, field = split_filter(key)
        if known is not None and field not in known:
            unknown(field)
            continue
        found = [row for row in found if _meets(row.get(field), prefix, value)]
    return found


def sort_rows(rows: list[Json], order: Mapping[str, Any]) -> list[Json]:
    """Sort by the given fields, the first one first; numbers as numbers, dates as dates."""
    for field, direction in reversed(list(order.items())):
        reverse = str(direction).lower().startswith("desc")
        rows = sorted(rows, key=lambda row: _sort_key(row.get(field)), reverse=reverse)
    return rows


def select_fields(row: Json, select: list[Any], always: tuple[str, ...]) -> Json:
    """Return the fields of *row* that *select* names; nothing or `*` means all."""
    names = {str(name) for name in select}
    if not names or "*" in names:
        return row
    return {name: value for name, value in row.items() if name in names or name in always}


def page(rows: list[Json], start: int, *, result: Callable[[list[Json]], Any]) -> Page:
    """Return 50 rows from *start*; -1 skips the count, so there is no `next` either."""
    if start < 0:
        return Page(result=result(rows[:PAGE_SIZE]), total=0)
    if start % PAGE_SIZE:
        raise RestError("ERROR_ARGUMENT", f"Argument 'start' must be a multiple of {PAGE_SIZE}")
    following = start + PAGE_SIZE
    return Page(
        result=result(rows[start:following]),
        total=len(rows),
        next=following if following < len(rows) else None,
    )


def _meets(value: Any, prefix: str, wanted: Any) -> bool:
    if prefix.startswith("!"):
        return not _meets(value, prefix[1:], wanted)
    if prefix in ("", "=", "@"):
        values = wanted if isinstance(wanted, list) else [wanted]
        have = value if isinstance(value, list | tuple) else [value]
        return any(_same(item, other) for item in have for other in values)
    if prefix in ("%", "%=", "=%"):
        return str(wanted).strip("%").lower() in str(value or "").lower()
    if value in (None, ""):
        return False
    left, right = _comparable(value), _comparable(wanted)
    if type(left) is not type(right):
        left, right = str(value), str(wanted)
    match prefix:
        case ">":
            return bool(left > right)
        case ">=":
            return bool(left >= right)
        case "<":
            return bool(left < right)
        case _:
            return bool(left <= right)


def _same(value: Any, wanted: Any) -> bool:
    if wanted in (None, ""):
        return value in (None, "")
    left, right = _comparable(value), _comparable(wanted)
    return bool(left == right) if type(left) is type(right) else str(value) == str(wanted)


def _comparable(value: Any) -> Any:
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, int | float):
        return Decimal(str(value))
    text = str(value)
    if "-" in text[1:] or "T" in text:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text
        return moment.timestamp() if moment.tzinfo else text
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _sort_key(value: Any) -> tuple[int, Any]:
    if value in (None, ""):
        return (0, 0)
    comparable = _comparable(value)
    if isinstance(comparable, Decimal):
        return (1, float(comparable))
    return (2, comparable) if isinstance(comparable, float) else (3, str(comparable))
