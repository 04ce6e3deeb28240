"""Signatures after the Standard Webhooks specification, also under its older header names (``svix-…``)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import timedelta

from pydantic import SecretStr

from hub.plugin import InboundRequest, InvalidSignature, Verifier

_PREFIX = "whsec_"
_MOST_SIGNATURES = 20


def key_of(secret: SecretStr) -> bytes:
    """Return the key that *secret* stands for: base64, after ``whsec_`` where that stands in front.

    Raises:
        ValueError: it is not base64.
    """
    try:
        return base64.b64decode(secret.get_secret_value().removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64 after 'whsec_'") from None


def standard_webhooks(secret: SecretStr, *, tolerance: timedelta) -> Verifier:
    """Accept ``v1`` signatures over id, time and body; a call older or newer than *tolerance* is refused."""
    key = key_of(secret)

    def verify(request: InboundRequest) -> None:
        name = "webhook" if request.header("webhook-id") is not None else "svix"
        id, sent, given = (_header(request, f"{name}-{part}") for part in ("id", "timestamp", "signature"))
        if not sent.isascii() or not sent.isdigit() or len(sent) > 12:
            raise InvalidSignature(f"header {name}-timestamp is not a Unix time")
        if abs(request.received_at.timestamp() - int(sent)) > tolerance.total_seconds():
            raise InvalidSignature(f"header {name}-timestamp is too old or in the future; check the clocks")
        digest = hmac.new(key, f"{id}.{sent}.".encode() + request.body, hashlib.sha256).digest()
        expected = b"v1," + base64.b64encode(digest)
        found = [
            hmac.compare_digest(signature.encode(), expected)
            for signature in given.split(" ")[:_MOST_SIGNATURES]
        ]
        if not any(found):
            raise InvalidSignature("wrong signature")

    return verify


def _header(request: InboundRequest, name: str) -> str:
    value = request.header(name)
    if value is None:
        raise InvalidSignature(f"header {name} is missing")
    return value
