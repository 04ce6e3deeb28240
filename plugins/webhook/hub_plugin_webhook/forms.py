"""Urlencoded forms, with the brackets of PHP: ``leads[add][0][id]=5001``."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any
from urllib.parse import parse_qsl, urlencode

from hub.plugin import InvalidPayload

#: A form of more fields is nobody's; counted before anything is decoded.
_MOST_FIELDS = 5_000
_DEEPEST = 12
_KEY = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)", re.ASCII)
_PART = re.compile(r"\[([^\[\]]*)\]")


def read_form(body: bytes, *, json_fields: Collection[str] = (), unrendered: str = "") -> dict[str, Any]:
    """Return the form as nested mappings and lists.

    Keys ``0 … n-1`` make a list, all others a mapping; of a repeated key the last value counts.

    Args:
        json_fields: top-level fields that hold JSON as a text.
        unrendered: a value that begins so is a template the sender has not filled in; it counts as empty.

    Raises:
        InvalidPayload: not a form in UTF-8, or far too large.
    """
    tree: dict[str, Any] = {}
    for key, value in pairs(body):
        _put(tree, _path(key), "" if unrendered and value.startswith(unrendered) else value)
    form = {key: _lists(value) for key, value in tree.items()}
    for name in json_fields:
        if isinstance(text := form.get(name), str):
            form[name] = _json(text)
    return form


def without(body: bytes, names: Collection[str]) -> bytes:
    """Return the form without the top-level fields *names*, in whatever case they came."""
    unwanted = {name.lower() for name in names}
    kept = [(key, value) for key, value in pairs(body) if _path(key)[0].lower() not in unwanted]
    return urlencode(kept).encode()


def pairs(body: bytes) -> list[tuple[str, str]]:
    """Return the fields as they came.

    Raises:
        InvalidPayload: not a form in UTF-8, or far too large.
    """
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as exc:
        raise InvalidPayload(f"the body is not a form in UTF-8 of at most {_MOST_FIELDS} fields") from exc


def _path(key: str) -> list[str]:
    found = _KEY.fullmatch(key)
    if found is None:
        return [key]
    parts = [found[1], *_PART.findall(found[2])]
    if len(parts) > _DEEPEST:
        raise InvalidPayload("a field of the form is nested too deeply")
    return parts


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    place = tree
    for part in path[:-1]:
        inside = place.get(part)
        if not isinstance(inside, dict):
            inside = place[part] = {}
        place = inside
    place[path[-1] or str(len(place))] = value


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inside = {key: _lists(each) for key, each in value.items()}
    return list(inside.values()) if list(inside) == [str(number) for number in range(len(inside))] else inside


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
