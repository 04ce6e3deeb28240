"""Proofs that the ready-made verifiers of the hub do not cover."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta

from pydantic import SecretStr

from hub.plugin import InboundRequest, InvalidSignature, Verifier

_TOLERANCE = timedelta(minutes=5)
#: A sender that changes its secret signs twice; nobody signs a hundred times.
_MOST_PARTS = 100


def timed_hmac(
    secret: SecretStr, *, header: str, separator: str, time: str, signature: str, joint: str, status: int
) -> Verifier:
    """Accept a header such as ``t=1795341900,v1=<hex>,v1=<hex>``; one right signature is enough.

    The signed text is the time, *joint* and the body as it came. Too old or from the future is refused.

    Args:
        separator: stands between the parts of the header.
        time: name of the part with Unix seconds.
        signature: name of the parts with HMAC-SHA256 in hex.
        status: of the answer when it is refused.
    """
    key = secret.get_secret_value().encode()

    def verify(request: InboundRequest) -> None:
        value = request.header(header)
        if value is None:
            raise InvalidSignature(f"header {header} is missing", status=status)
        parts = [part.strip().partition("=") for part in value.split(separator, _MOST_PARTS)]
        times = [text for name, _, text in parts if name == time]
        given = [text for name, _, text in parts if name == signature]
        if len(times) != 1 or not _is_time(times[0]) or not given:
            raise InvalidSignature(f"header {header} is malformed", status=status)
        digest = hmac.new(key, f"{times[0]}{joint}".encode() + request.body, hashlib.sha256).hexdigest()
        if not any(same(each, digest) for each in given):
            raise InvalidSignature("wrong signature", status=status)
        if abs(request.received_at.timestamp() - int(times[0])) > _TOLERANCE.total_seconds():
            raise InvalidSignature(
                f"header {header} is too old or in the future; check the clocks", status=status
            )

    return verify


def same(given: str, expected: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def _is_time(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12
