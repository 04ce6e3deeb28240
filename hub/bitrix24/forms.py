"""PHP-style forms: ``a[b][c]=1`` and ``a[]=1`` from and to nested data.

Portals send events and take batch commands in this form. Like PHP, `parse` makes a list of keys
``0 … n-1``; unlike PHP, a name that is a string *and* a map (``data[FIELDS_BEFORE]=undefined``
beside ``data[FIELDS_BEFORE][ID]=5``) always keeps the map.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, quote

FormValue: TypeAlias = "str | list[FormValue] | dict[str, FormValue]"

_NAME = re.compile(r"([^\[]+)((?:\[[^\[\]]*\])*)")
_PART = re.compile(r"\[([^\[\]]*)\]")


class FormError(ValueError):
    """The form is too large or too deep; the text says which limit, never a value."""


def parse(
    body: bytes | str, *, max_bytes: int = 1 << 20, max_fields: int = 2000, max_depth: int = 10
) -> dict[str, FormValue]:
    """Read a form; every scalar is a string.

    Bytes that are not UTF-8 become U+FFFD; names that are not well formed are taken literally.

    Raises:
        FormError: a limit is exceeded.
    """
    if len(body) > max_bytes:
        raise FormError(f"the form is larger than {max_bytes} bytes")
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=max_fields, errors="replace")
    except ValueError as exc:
        raise FormError(f"the form has more than {max_fields} fields") from exc
    root = _Map()
    for name, value in pairs:
        path = _path(name)
        if len(path) > max_depth:
            raise FormError(f"the form is nested deeper than {max_depth} levels")
        _store(root, path, value)
    return {name: _finished(value) for name, value in root.items()}


def encode(params: Mapping[str, Any]) -> str:
    """Write *params* as one query string.

    True is ``1`` and False is ``0``, as PHP writes them; None is left out; an empty list or map
    becomes an empty value, so that the portal still sees that it was given.

    Raises:
        ValueError: a name holds a square bracket and could not be read back.
    """
    return "&".join(f"{name}={quote(value, safe='', errors='replace')}" for name, value in _flat(params))


def _path(name: str) -> list[str]:
    match = _NAME.fullmatch(name)
    return [match[1], *_PART.findall(match[2])] if match else [name]


class _Map(dict[str, Any]):
    """A map that knows, as PHP's arrays do, which index ``[]`` gets next."""

    following = 0

    def key(self, part: str) -> str:
        key = part or str(self.following)
        if key.isascii() and key.isdigit() and len(key) < 10:
            self.following = max(self.following, int(key) + 1)
        return key


def _store(node: _Map, path: Sequence[str], value: str) -> None:
    for part in path[:-1]:
        key = node.key(part)
        if not isinstance(node.get(key), _Map):
            node[key] = _Map()
        node = node[key]
    last = node.key(path[-1])
    if not isinstance(node.get(last), _Map):
        node[last] = value


def _finished(node: Any) -> FormValue:
    if not isinstance(node, _Map):
        return str(node)
    if list(node) == [str(index) for index in range(len(node))]:
        return [_finished(value) for value in node.values()]
    return {key: _finished(value) for key, value in node.items()}


def _flat(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in params.items():
        yield from _walk(_quoted(name), value)


def _walk(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        items = [(_quoted(str(key)), item) for key, item in value.items()]
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        items = [(str(index), item) for index, item in enumerate(value)]
    else:
        if value is not None:
            yield name, _scalar(value)
        return
    if not items:
        yield name, ""
    for key, item in items:
        yield from _walk(f"{name}[{key}]", item)


def _scalar(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _quoted(key: str) -> str:
    if "[" in key or "]" in key or not key:
        raise ValueError(f"{key!r} cannot be a field name")
    return quote(key, safe="", errors="replace")
