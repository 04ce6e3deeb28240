"""Rows of a list method's answer, wrapped or not."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue

from hub_plugin_crm.items import Row


def rows_of(result: JsonValue) -> Sequence[Row]:
    """Return the rows of ``[…]`` or ``{"items": […]}``; what is none counts as no rows."""
    if isinstance(result, dict):
        result = next((value for value in result.values() if isinstance(value, list)), None)
    return [row for row in result if isinstance(row, dict)] if isinstance(result, list) else []
