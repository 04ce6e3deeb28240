"""An inbound HTTP request as a source sees it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from hub.plugin.errors import InvalidPayload, InvalidSignature

M = TypeVar("M", bound=BaseModel)

#: Characters of a key in an error text.
_MOST_TOLD = 80


@dataclass(frozen=True, kw_only=True)
class InboundRequest:
    """One request, with the bytes exactly as they came.

    In ``verify`` and ``accept`` all headers are there; in ``parse`` only those that are stored: the
    core's allow-list and the source's ``keep_headers``. ``url`` is the address as the sender sees it.
    """

    method: str
    url: str
    path: str
    path_params: Mapping[str, str] = field(default_factory=dict)
    raw_query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    received_at: datetime
    client: str = ""

    def header(self, name: str) -> str | None:
        """Return the header *name*, or ``None``.

        Raises:
            InvalidSignature: the header came twice, so nobody can say which one counts (status 400).
        """
        wanted = name.lower()
        found = [value for key, value in self.headers if key.lower() == wanted]
        if len(found) > 1:
            raise InvalidSignature(f"header {name} came more than once", status=400)
        return found[0] if found else None

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty when there is none."""
        found = [value for key, value in self.headers if key.lower() == "content-type"]
        return found[0].split(";", 1)[0].strip().lower() if found else ""

    @property
    def query(self) -> Mapping[str, str]:
        """The query parameters; of a repeated one the last."""
        return dict(parse_qsl(self.raw_query, keep_blank_values=True))

    def json(self) -> object:
        """Return the body read as JSON.

        Raises:
            InvalidPayload: the body is not JSON (status 400).
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as exc:
            raise InvalidPayload("the body is not valid JSON") from exc

    def json_as(self, model: type[M]) -> M:
        """Return the body read as *model*.

        Raises:
            InvalidPayload: the body is not JSON (status 400) or does not fit (status 422); the message
                names the fields, never their values.
        """
        try:
            return model.model_validate_json(self.body)
        except ValidationError as exc:
            raise _refusal(exc) from exc

    def form(self) -> Mapping[str, str]:
        """Return the urlencoded body, keys as sent (``a[b]`` stays ``a[b]``).

        Raises:
            InvalidPayload: not UTF-8, or a key comes twice (status 400).
        """
        try:
            pairs = parse_qsl(self.body.decode(), keep_blank_values=True, max_num_fields=10_000)
        except ValueError as exc:
            raise InvalidPayload("the body is not a readable form") from exc
        if len(pairs) != len(dict(pairs)):
            raise InvalidPayload("the form has the same field more than once")
        return dict(pairs)


def _refusal(exc: ValidationError) -> InvalidPayload:
    problems = exc.errors(include_url=False, include_input=False, include_context=False)
    if any(problem["type"] == "json_invalid" for problem in problems):
        return InvalidPayload("the body is not valid JSON")
    told = "; ".join(
        f"{'.'.join(map(_told, problem['loc'])) or 'body'}: {problem['msg'].lower()}"
        for problem in problems[:10]
    )
    return InvalidPayload(told, status=422)


def _told(part: str | int) -> str:
    """Return a part of a location; it may be a key of the sender's own, and is shown on terminals."""
    text = str(part)
    short = text if len(text) <= _MOST_TOLD else f"{text[: _MOST_TOLD - 1]}…"
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in short)
