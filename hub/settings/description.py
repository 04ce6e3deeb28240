"""What the settings are and where each comes from, for ``hub config show``; without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from hub.settings.model import Settings, Tables
from hub.settings.problems import key_path

#: What a reader sees instead of a secret; pydantic writes ten stars.
HIDDEN = "***"
_PYDANTIC_HIDDEN = "*" * 10


def describe(settings: Settings, plugins: Mapping[str, BaseModel] | None = None) -> dict[str, Any]:
    """Return the tables as JSON values, each key as ``{"value": …, "origin": default|file|env}``.

    A list is one value. Secrets are ``***``, empty ones are empty.

    Args:
        plugins: validated settings by instance; without them a plugin's own values are all hidden, because
            only its model says which are secret.
    """
    tables = settings.model_dump(mode="json", by_alias=True, include=set(Tables.model_fields))
    for name, table in settings.plugins.items():
        known = (plugins or {}).get(name)
        own = _hidden(table.own) if known is None else known.model_dump(mode="json", by_alias=True)
        tables["plugins"][name] |= own
    return {name: _shown(table, (name,), settings) for name, table in tables.items()}


def _shown(value: Any, path: tuple[str, ...], settings: Settings) -> dict[str, Any]:
    if isinstance(value, dict):
        return {key: _shown(inside, (*path, key), settings) for key, inside in value.items()}
    return {"value": _starred(value), "origin": _origin(path, settings)}


def _origin(path: tuple[str, ...], settings: Settings) -> str:
    """Return the origin of the key, or of the table it was given in as a whole."""
    for length in range(len(path), 0, -1):
        found = settings.origins.get(key_path(path[:length]))
        if found:
            return found
    return "default"


def _starred(value: Any) -> Any:
    if isinstance(value, list):
        return [_starred(inside) for inside in value]
    if isinstance(value, dict):
        return {key: _starred(inside) for key, inside in value.items()}
    return HIDDEN if value == _PYDANTIC_HIDDEN else value


def _hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _hidden(inside) for key, inside in value.items()}
    return HIDDEN
