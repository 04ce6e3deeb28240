"""Presets: settings for known senders, in the very words of ``hub.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

#: Tables in which a preset's entries stay beside those that are given.
_MERGED = frozenset({"map", "values", "labels", "signature"})


@cache
def preset_names() -> tuple[str, ...]:
    """Return the names that can be given as ``preset``."""
    folder = files("hub_plugin_webhook") / "presets"
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir()))


@cache
def preset(name: str) -> Mapping[str, Any]:
    """Return the settings of a preset."""
    file = files("hub_plugin_webhook") / "presets" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def below(given: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """Return *given* with what only *base* has; cards that are given come before those of *base*."""
    merged = {**base, **given}
    for key in base.keys() & given.keys():
        mine, its = given[key], base[key]
        if key in _MERGED and isinstance(mine, dict):
            merged[key] = below(mine, its)
        elif key == "cards" and isinstance(mine, list):
            merged[key] = [*mine, *its]
    return merged
