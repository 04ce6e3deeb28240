"""What the models of all providers have in common."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict

from hub.plugin import InboundRequest, InvalidPayload

M = TypeVar("M", bound=BaseModel)


class Body(BaseModel):
    """A part of a notification, as far as we use it; what else it holds is nobody's business here."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


def fields_as_sent(body: bytes) -> dict[str, Any]:
    """Return a JSON object whose numbers are the very characters that were sent.

    Raises:
        InvalidPayload: it is none, or has a name twice (status 400).
    """
    try:
        found = json.loads(
            body, parse_int=str, parse_float=str, parse_constant=_no_number, object_pairs_hook=_each_once
        )
    except (ValueError, RecursionError) as exc:
        raise InvalidPayload("the body is not valid JSON") from exc
    if not isinstance(found, dict):
        raise InvalidPayload("the body is no JSON object")
    return found


def read(model: type[M], fields: Mapping[str, object], request: InboundRequest) -> M:
    """Return *fields* as *model*; what does not fit is told as of the request's own body."""
    return replace(request, body=json.dumps(fields).encode()).json_as(model)


def _no_number(name: str) -> object:
    raise ValueError(f"{name} is no JSON number")


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice")
    return found
