"""An inbound request as it is kept in the inbox: an allow-list of headers, never credentials."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import unquote, urlsplit, urlunsplit

from pydantic import JsonValue

from hub.plugin import InboundRequest

#: Headers that every row keeps.
_KEPT = frozenset({"content-type", "content-encoding", "user-agent", "date", "x-request-id"})
#: Headers that no row keeps, whatever a source asks for.
_NEVER = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_SIGNATURE = ("signature", "hmac", "token", "secret")
#: The part of a path that proves who sends, for senders that cannot sign; see ``hub.plugin.path_secret``.
_PROOF = "secret"
_HIDDEN = "***"


def to_stored(request: InboundRequest, keep: tuple[str, ...], *, verified: str) -> str:
    """Return what is stored beside the body, as JSON.

    Args:
        keep: the source's own list of headers, ``ce-*`` meaning a prefix.
        verified: the name of what verified the request.
    """
    request = _without_secret(request)
    headers = [[name, value] for name, value in request.headers if _is_kept(name.lower(), keep)]
    stored = {
        "method": request.method,
        "url": request.url,
        "path": request.path,
        "path_params": dict(request.path_params),
        "query": request.raw_query,
        "headers": headers,
        "client": request.client,
        "verified": verified,
    }
    return json.dumps(stored).replace("\\u0000", "\\ufffd")  # PostgreSQL's text has no NUL


def part_of(stored: str) -> str:
    """Return *stored* for a row whose body is a part of the request's."""
    return json.dumps({**json.loads(stored), "part": True})


def from_stored(stored: Mapping[str, JsonValue], body: bytes, received_at: datetime) -> InboundRequest:
    """Return the stored request with *body*."""
    headers = stored["headers"]
    params = stored["path_params"]
    if not isinstance(headers, list) or not isinstance(params, dict):
        raise TypeError("a stored request is damaged")
    return InboundRequest(
        method=str(stored["method"]),
        url=str(stored["url"]),
        path=str(stored["path"]),
        path_params={name: str(value) for name, value in params.items()},
        raw_query=str(stored["query"]),
        headers=tuple((str(pair[0]), str(pair[1])) for pair in headers if isinstance(pair, list)),
        body=body,
        received_at=received_at,
        client=str(stored["client"]),
    )


def _without_secret(request: InboundRequest) -> InboundRequest:
    """Return *request* with asterisks in place of a secret in its path; the source's pattern still fits."""
    secret = request.path_params.get(_PROOF)
    if not secret:
        return request
    url = urlsplit(request.url)
    return replace(
        request,
        url=urlunsplit(url._replace(path=_hidden(secret, url.path))),
        path=_hidden(secret, request.path),
        path_params={**request.path_params, _PROOF: _HIDDEN},
    )


def _hidden(secret: str, path: str) -> str:
    """Hide *secret* below ``/in/<instance>``; an instance may have the same name."""
    root, base, instance, *below = path.split("/")
    return "/".join(
        [root, base, instance, *(_HIDDEN if secret in (part, unquote(part)) else part for part in below)]
    )


def _is_kept(name: str, keep: tuple[str, ...]) -> bool:
    if name in _NEVER:
        return False
    if name in _KEPT:
        return True
    wanted = any(
        name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
        for pattern in (pattern.lower() for pattern in keep)
    )
    return wanted and not any(word in name for word in _SIGNATURE)
