"""CloudEvents over HTTP: structured, binary and batch, and the handshake of web hooks.

Source: the HTTP protocol binding and the web hook specification of CloudEvents 1.0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from hub.plugin import Answer, InboundRequest, InvalidPayload, Receipt

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
_REQUIRED = ("id", "source", "specversion", "type")


def is_binary(request: InboundRequest) -> bool:
    """Say whether the event's attributes stand in headers."""
    return request.header("ce-specversion") is not None


def structured(event: Any) -> dict[str, Any]:
    """Return one event as it stands in the body.

    Raises:
        InvalidPayload: a required attribute is missing.
    """
    if not isinstance(event, dict):
        raise InvalidPayload("a CloudEvent must be a JSON object", status=422)
    for name in _REQUIRED:
        if not isinstance(event.get(name), str) or not event[name]:
            raise InvalidPayload(f"the CloudEvent has no {name}", status=422)
    return event


def binary(request: InboundRequest, read_data: Callable[[], Any]) -> dict[str, Any]:
    """Return the event as if it had been structured; ``ce-`` headers are its attributes.

    Raises:
        InvalidPayload: a required attribute is missing, or the data cannot be read.
    """
    attributes = {
        name.lower().removeprefix("ce-"): unquote(value)
        for name, value in request.headers
        if name.lower().startswith("ce-")
    }
    return structured({**attributes, "data": read_data() if request.body else None})


def shake_hands(request: InboundRequest) -> Receipt:
    """Answer a sender that asks whether it may send here; it proves itself with every event."""
    origin = request.header("WebHook-Request-Origin")
    if not origin:
        return Receipt(reason="an OPTIONS request that asks for nothing", answer=Answer(status=204))
    headers = {"WebHook-Allowed-Origin": origin, "Allow": "POST, OPTIONS"}
    if request.header("WebHook-Request-Rate"):
        headers["WebHook-Allowed-Rate"] = "*"
    return Receipt(reason="the handshake of a CloudEvents sender", answer=Answer(status=200, headers=headers))
