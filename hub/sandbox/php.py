"""PHP's way of writing nested data: `fields[TITLE]=x&users[]=1`, and empty maps that turn into lists."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")


def parse_query(query: str) -> dict[str, Any]:
    """Read a query string or form body; maps with the keys 0, 1, 2 … become lists, as in PHP."""
    return nest(parse_qsl(query, keep_blank_values=True))


def nest(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Build nested data out of PHP keys; a later value replaces an earlier one of the same key."""
    root: dict[str, Any] = {}
    for key, value in pairs:
        match = _KEY.match(key)
        if match is None:
            root[key] = value
            continue
        path = [match[1], *_PART.findall(match[2])]
        node = root
        for part, following in zip(path, [*path[1:], None], strict=True):
            name = part if part or node is root else str(len(node))
            if following is None:
                node[name] = value
            else:
                child = node.get(name)
                if not isinstance(child, dict):
                    child = node[name] = {}
                node = child
    return {name: _lists(value) for name, value in root.items()}


def build_query(data: Mapping[str, Any]) -> str:
    """Write nested data as `http_build_query` does: nulls and empty arrays vanish, booleans are 1 and 0."""
    return urlencode([pair for key, value in data.items() for pair in _flatten(key, value)])


def php_map(data: dict[Any, Any]) -> dict[Any, Any] | list[Any]:
    """Return *data* as PHP's encoder writes an array: keys 0…n-1, or none at all, make a list."""
    if all(isinstance(key, int) for key in data) and list(data) == list(range(len(data))):
        return list(data.values())
    return data


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    items = {name: _lists(item) for name, item in value.items()}
    if list(items) == [str(index) for index in range(len(items))]:
        return list(items.values())
    return items


def _flatten(key: str, value: Any) -> Iterable[tuple[str, str]]:
    if value is None:
        return
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _flatten(f"{key}[{name}]", item)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _flatten(f"{key}[{index}]", item)
    elif isinstance(value, bool):
        yield key, "1" if value else "0"
    else:
        yield key, str(value)
