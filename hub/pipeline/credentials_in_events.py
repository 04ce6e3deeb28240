"""Credentials in events: the portal sends tokens along with what it tells, and nothing of them is kept."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pydantic import JsonValue

from hub.storage.columns import storable

#: Keys whose values are credentials, wherever they stand and however they are spelt.
_SECRET = frozenset(
    {
        "auth",
        "access_token",
        "refresh_token",
        "application_token",
        "client_id",
        "client_secret",
        "bottoken",
        "bot_token",
    }
)
#: Nothing that the portal tells is nested deeper.
_DEEPEST = 20


def without_credentials(event: object) -> JsonValue:
    """Return a copy of an event without credentials, and without what is no JSON that a database can hold."""
    return _clean(event, _DEEPEST)


def _clean(value: object, levels: int) -> JsonValue:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bool | int):
        return value
    if levels and isinstance(value, Mapping):
        return {
            storable(str(name)): _clean(each, levels - 1)
            for name, each in value.items()
            if str(name).strip().lower() not in _SECRET
        }
    if levels and isinstance(value, list | tuple):
        return [_clean(each, levels - 1) for each in value]
    return None
