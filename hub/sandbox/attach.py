"""What the portal makes of ATTACH, the card of a message: normalised, silently thinned out, or refused."""

import json
import re
from collections.abc import Callable
from typing import Any

from hub.sandbox.errors import RestError
from hub.sandbox.model import Json

#: Characters of JSON; more is `ATTACH_OVERSIZE`.
MAX_SIZE = 60_000

_LINK = re.compile(r"^(https?://|/)", re.IGNORECASE)
_TOKENS = {"primary", "secondary", "alert", "base"}
_GRID_DISPLAY = {
    "BLOCK": "BLOCK",
    "LINE": "LINE",
    "ROW": "ROW",
    "TABLE": "TABLE",
    "CARD": "LINE",
    "COLUMN": "ROW",
}

Warn = Callable[[str], None]


def read_attach(raw: Any, *, warn: Warn) -> Json:
    """Return the stored card of *raw*: `{"COLOR", "BLOCKS"}`, the bare list of blocks, or either as a JSON string.

    Blocks the portal would drop are dropped and told to *warn*.

    Raises:
        RestError: `ATTACH_ERROR` when no block is left, `ATTACH_OVERSIZE`.
    """
    data = _decoded(raw)
    head = data if isinstance(data, dict) else {}
    blocks = head.get("BLOCKS") if isinstance(data, dict) else data
    if not isinstance(blocks, list):
        raise _refused()
    kept = [block for item in blocks if (block := _block(item, warn)) is not None]
    if not kept:
        raise _refused()
    token = head.get("COLOR_TOKEN", "base")
    card: Json = {
        "ID": head.get("ID", 1),
        "COLOR_TOKEN": token if token in _TOKENS else "base",
        "COLOR": str(head.get("COLOR", "")),
        "BLOCKS": kept,
    }
    if len(json.dumps(card, ensure_ascii=False)) > MAX_SIZE:
        raise RestError("ATTACH_OVERSIZE", "You have exceeded the maximum allowable size of attach")
    return card


def _block(item: Any, warn: Warn) -> Json | None:
    if not isinstance(item, dict) or len(item) != 1:
        warn("attach: a block that is not an object with exactly one key was dropped")
        return None
    [(kind, content)] = item.items()
    reader = _READERS.get(kind)
    block = reader(content) if reader else None
    if block is None:
        warn(f"attach: block {kind} was dropped, it is not valid")
        return None
    return {kind: block}


def _message(content: Any) -> Any:
    return content if isinstance(content, str) and content.strip() else None


def _link(content: Any) -> Any:
    items = content if isinstance(content, list) else [content]
    if not all(isinstance(item, dict) and _valid_links(item, required=("LINK",)) for item in items):
        return None
    return content if items else None


def _user(content: Any) -> Any:
    return content if isinstance(content, dict) and content.get("NAME") and _valid_links(content) else None


def _grid(content: Any) -> Any:
    if not isinstance(content, list):
        return None
    rows = [
        {**row, "DISPLAY": _GRID_DISPLAY[row["DISPLAY"]]}
        for row in content
        if isinstance(row, dict) and row.get("DISPLAY") in _GRID_DISPLAY and _valid_links(row)
    ]
    return rows if rows and len(rows) == len(content) else None


def _delimiter(content: Any) -> Any:
    return content if isinstance(content, dict | list) else None


def _valid_links(item: Json, *, required: tuple[str, ...] = ()) -> bool:
    for name in ("LINK", "PREVIEW", "AVATAR"):
        value = item.get(name)
        if not value:
            if name in required:
                return False
        elif not _LINK.match(str(value)):
            return False
    return True


_READERS: dict[str, Callable[[Any], Any]] = {
    "MESSAGE": _message,
    "LINK": _link,
    "RICH_LINK": _link,
    "USER": _user,
    "GRID": _grid,
    "IMAGE": _link,
    "FILE": _link,
    "DELIMITER": _delimiter,
}


def _decoded(raw: Any) -> Any:
    if not isinstance(raw, str):
        return raw
    try:
        return json.loads(raw)
    except json.JSONDecodeError as exc:
        raise _refused() from exc


def _refused() -> RestError:
    return RestError("ATTACH_ERROR", "Incorrect attach params")
