"""HubSpot's request signature, version 3."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import timedelta

from pydantic import SecretStr

from hub.plugin import InboundRequest, InvalidSignature, Verifier

#: HubSpot signs the address with these characters decoded, and with all others as they were sent.
_DECODED = re.compile("%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)
_SIGNATURE, _TIME = "X-HubSpot-Signature-v3", "X-HubSpot-Request-Timestamp"


def hubspot_signature(secret: SecretStr, *, tolerance: timedelta) -> Verifier:
    """Accept what is signed with the app's client *secret*; the address is the one HubSpot was given."""
    key = secret.get_secret_value().encode()

    def verify(request: InboundRequest) -> None:
        given, sent = request.header(_SIGNATURE), request.header(_TIME)
        if given is None or sent is None or not sent.isascii() or not sent.isdigit() or len(sent) > 15:
            raise InvalidSignature(f"header {_SIGNATURE} or {_TIME} is missing or malformed")
        if abs(request.received_at.timestamp() - int(sent) / 1000) > tolerance.total_seconds():
            raise InvalidSignature(f"header {_TIME} is too old or in the future; check the clocks")
        url = _DECODED.sub(lambda found: chr(int(found[1], 16)), request.url)
        signed = f"{request.method}{url}".encode() + request.body + sent.encode()
        expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
        if not hmac.compare_digest(given.encode(), expected):
            raise InvalidSignature("wrong signature; HubSpot signs the address, see hub.public_url")

    return verify
