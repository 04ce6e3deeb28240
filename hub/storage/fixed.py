"""Values that are part of a statement's text."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String, bindparam


def fixed(value: str) -> ColumnElement[Any]:
    """Return *value* written into the statement, not bound to it: one of our own words, never data.

    A partial index serves a statement only when its condition can be read there.
    """
    return bindparam(None, str(value), String(), unique=True, literal_execute=True)
