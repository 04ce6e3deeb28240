"""Reading what a portal answers: ids, lists and moments that come in more than one form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from pydantic import JsonValue

Row = Mapping[str, JsonValue]


def id_of(value: object) -> str:
    """Return an id as digits; empty for none, and for zero."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdigit() and text.strip("0") else ""


def ids_of(value: object) -> tuple[str, ...]:
    """Return ids of a list, of a map or of a text with commas."""
    if isinstance(value, str):
        value = value.split(",")
    elif isinstance(value, Mapping):
        value = list(value.values())
    elif isinstance(value, int):
        value = [value]
    found = map(id_of, value) if isinstance(value, list | tuple) else ()
    return tuple(dict.fromkeys(id for id in found if id))


def number_of(value: object, default: int = 0) -> int:
    """Return a whole number, also from its digits."""
    try:
        return int(str(value))
    except ValueError:
        return default


def moment_of(value: object) -> datetime | None:
    """Return a moment from Unix seconds or from an ISO date with a zone; ``None`` for anything else."""
    if isinstance(value, bool) or value in (None, "", 0, "0"):
        return None
    text = str(value).strip()
    try:
        if text.isascii() and text.isdigit():
            return datetime.fromtimestamp(int(text), UTC)
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo is not None else None


def rows_of(result: JsonValue, name: str = "") -> Sequence[Row]:
    """Return the rows of ``[…]`` or of ``{name: […]}``; what is none counts as no rows."""
    if isinstance(result, Mapping):
        result = result.get(name)
    return [row for row in result if isinstance(row, Mapping)] if isinstance(result, list) else []
