"""Payload files as requests, and what the hub's storage leaves of a request."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

from hub.plugin import InboundRequest, Item, Source

#: File name endings of payloads and the content types they are sent with.
CONTENT_TYPES: Mapping[str, str] = {
    ".json": "application/json",
    ".xml": "application/xml",
    ".form": "application/x-www-form-urlencoded",
}
#: Headers that the hub stores for every source.
_STORED = frozenset({"content-type", "content-encoding", "user-agent", "date", "x-request-id"})
#: Parts of header names that are never stored, whatever a source asks for.
_CREDENTIALS = ("authorization", "cookie", "signature", "hmac", "token", "secret")
_FLIPS = 64
_JUNK = 1024 * 1024


def payload_files(folder: Path) -> list[Path]:
    """Return the payloads in *folder* in the order of their names."""
    return sorted(file for file in folder.iterdir() if file.suffix in CONTENT_TYPES)


def headers_of(payload: Path) -> dict[str, str]:
    """Return the content type of *payload* and what ``<name>.headers`` beside it says (``Name: value``)."""
    headers = {"content-type": CONTENT_TYPES[payload.suffix]}
    beside = payload.with_suffix(".headers")
    if beside.exists():
        for line in beside.read_text(encoding="utf-8").splitlines():
            name, found, value = line.partition(":")
            if found:
                headers[name.strip().lower()] = value.strip()
    return headers


def as_stored(request: InboundRequest, source: Source, item: Item) -> InboundRequest:
    """Return *request* as ``parse`` sees it: the item's body, what is stored of the headers and of the path."""
    params = {name: "***" if name == "secret" else value for name, value in request.path_params.items()}
    kept = tuple((name, value) for name, value in request.headers if _is_stored(name.lower(), source))
    body = request.body if item.body is None else item.body
    return replace(request, headers=kept, path_params=params, body=body)


def damaged(body: bytes) -> Iterator[bytes]:
    """Yield what a broken network, sender or attacker makes of *body*; always the same."""
    yield from (b"", b"{}", b"[]", b"null", b'""', b"\x00", b"\xff\xfe")
    yield from (body[:-1], body[: len(body) // 2], body[1:])
    yield from (b"[" * _JUNK, b'{"a":' * (_JUNK // 5), random.Random(1).randbytes(_JUNK))
    chance = random.Random(2)
    for _ in range(_FLIPS if body else 0):
        place = chance.randrange(len(body))
        yield body[:place] + bytes([body[place] ^ (1 << chance.randrange(8))]) + body[place + 1 :]


def _is_stored(name: str, source: Source) -> bool:
    if any(word in name for word in _CREDENTIALS):
        return False
    return name in _STORED or any(fnmatchcase(name, wanted.lower()) for wanted in source.keep_headers)
