"""Signatures after the Standard Webhooks specification, also under its older header names (``svix-…``)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from cryptography.exceptions import InvalidSignature as InvalidSignatureOfKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import SecretStr

from hub.plugin import InboundRequest, InvalidSignature, Verifier

_PREFIX = "whsec_"
#: Stands before a public key; who has one can check signatures and make none.
_PUBLIC = "whpk_"
_MOST_SIGNATURES = 20


Check = Callable[[bytes, str], bool]


def check_of(secret: SecretStr) -> Check:
    """Return what says whether a signature, as it stands in the header, is one of the signed bytes.

    ``whpk_…`` is a public Ed25519 key for signatures ``v1a``; anything else the shared key of signatures ``v1``,
    base64 after ``whsec_`` where that stands in front.

    Raises:
        ValueError: it is no key.
    """
    word = secret.get_secret_value()
    try:
        key = base64.b64decode(word.removeprefix(_PUBLIC).removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64 after 'whsec_' or 'whpk_'") from None
    if not word.startswith(_PUBLIC):
        return partial(_is_symmetric, key)
    try:
        return partial(_is_asymmetric, Ed25519PublicKey.from_public_bytes(key))
    except ValueError:
        raise ValueError("is no Ed25519 key of 32 bytes after 'whpk_'") from None


def standard_webhooks(secret: SecretStr, *, tolerance: timedelta) -> Verifier:
    """Accept signatures over id, time and body, one of several; a call older or newer than *tolerance* is refused."""
    is_signature = check_of(secret)

    def verify(request: InboundRequest) -> None:
        name = "webhook" if request.header("webhook-id") is not None else "svix"
        id, sent, given = (_header(request, f"{name}-{part}") for part in ("id", "timestamp", "signature"))
        if not sent.isascii() or not sent.isdigit() or len(sent) > 12:
            raise InvalidSignature(f"header {name}-timestamp is not a Unix time")
        if abs(request.received_at.timestamp() - int(sent)) > tolerance.total_seconds():
            raise InvalidSignature(f"header {name}-timestamp is too old or in the future; check the clocks")
        signed = f"{id}.{sent}.".encode() + request.body
        if not any(is_signature(signed, each) for each in given.split(" ")[:_MOST_SIGNATURES]):
            raise InvalidSignature("wrong signature")

    return verify


def _is_symmetric(key: bytes, signed: bytes, given: str) -> bool:
    expected = b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    return hmac.compare_digest(given.encode(), expected)


def _is_asymmetric(key: Ed25519PublicKey, signed: bytes, given: str) -> bool:
    version, _, signature = given.partition(",")
    if version != "v1a":
        return False
    try:
        key.verify(base64.b64decode(signature, validate=True), signed)
    except (InvalidSignatureOfKey, ValueError):
        return False
    return True


def _header(request: InboundRequest, name: str) -> str:
    value = request.header(name)
    if value is None:
        raise InvalidSignature(f"header {name} is missing")
    return value
