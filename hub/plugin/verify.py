"""Ready-made verifiers: CPU-only, constant-time, over the raw bytes.

Each returns a function for ``Source.verify`` that raises :class:`InvalidSignature`. What they compare is
never in an error text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from pydantic import SecretStr

from hub.plugin.answer import Answer
from hub.plugin.declarations import Verifier
from hub.plugin.errors import InvalidSignature
from hub.plugin.http import InboundRequest


def bearer_token(secret: SecretStr, *, header: str = "Authorization", scheme: str = "Bearer") -> Verifier:
    """Accept ``Authorization: Bearer <secret>``; an empty *scheme* takes the header's whole value."""
    expected = _digest(secret.get_secret_value())

    def verify(request: InboundRequest) -> None:
        value = request.header(header)
        if value is None:
            raise InvalidSignature(f"header {header} is missing")
        word, _, credentials = value.partition(" ") if scheme else (scheme, "", value)
        given = credentials.strip().encode("latin-1", "replace")  # the bytes as they came
        if word.lower() != scheme.lower() or not hmac.compare_digest(_digest(given), expected):
            raise InvalidSignature("wrong credentials")

    return verify


def basic_auth(username: str, password: SecretStr) -> Verifier:
    """Accept HTTP basic authentication with this name and password; who brings none is asked for it."""
    expected = _digest(f"{username}:{password.get_secret_value()}")

    def verify(request: InboundRequest) -> None:
        value = request.header("Authorization")
        if value is None:
            raise _challenge("header Authorization is missing")
        word, _, credentials = value.partition(" ")
        try:
            given = base64.b64decode(credentials.strip(), validate=True)
        except (binascii.Error, ValueError) as exc:
            raise _challenge("wrong credentials") from exc
        if word.lower() != "basic" or not hmac.compare_digest(_digest(given), expected):
            raise _challenge("wrong credentials")

    return verify


def path_secret(secret: SecretStr, parameter: str = "secret") -> Verifier:
    """Accept requests whose path parameter *parameter* is the secret; a wrong one is a 404.

    A parameter with the name ``secret`` is kept nowhere: ``parse`` sees asterisks in its place.
    """
    expected = _digest(secret.get_secret_value())

    def verify(request: InboundRequest) -> None:
        if not hmac.compare_digest(_digest(request.path_params.get(parameter, "")), expected):
            raise InvalidSignature("no such address", status=404)

    return verify


def hmac_signature(
    secret: SecretStr,
    *,
    header: str,
    encoding: Literal["hex", "base64"] = "hex",
    prefix: str = "",
    algorithm: str = "sha256",
    timestamp_header: str = "",
    separator: str = ":",
    tolerance: timedelta = timedelta(minutes=5),
) -> Verifier:
    """Accept a body signed with *secret*.

    Args:
        header: holds the signature, after *prefix*.
        timestamp_header: when given, it holds Unix seconds and the signed text is
            ``<seconds><separator><body>``; older or newer than *tolerance* is refused.
    """
    key = secret.get_secret_value().encode()

    def verify(request: InboundRequest) -> None:
        given = request.header(header)
        if given is None:
            raise InvalidSignature(f"header {header} is missing")
        signed = request.body
        if timestamp_header:
            seconds = _fresh(request, timestamp_header, tolerance)
            signed = f"{seconds}{separator}".encode() + signed
        digest = hmac.new(key, signed, algorithm)
        if encoding == "hex":
            expected, given = digest.hexdigest(), given.lower()
            start = prefix.lower()
        else:
            expected, start = base64.b64encode(digest.digest()).decode(), prefix
        if not hmac.compare_digest(_digest(given), _digest(start + expected)):
            raise InvalidSignature("wrong signature")

    return verify


def any_of(verifiers: Sequence[Verifier]) -> Verifier:
    """Accept what at least one of *verifiers* accepts; the first refusal is the one told."""
    if not verifiers:
        raise ValueError("at least one verifier is needed")

    def verify(request: InboundRequest) -> None:
        refusals: list[InvalidSignature] = []
        for candidate in verifiers:
            try:
                return candidate(request)
            except InvalidSignature as exc:
                refusals.append(exc)
        raise refusals[0]

    return verify


def all_of(verifiers: Sequence[Verifier]) -> Verifier:
    """Accept only what every one of *verifiers* accepts."""
    if not verifiers:
        raise ValueError("at least one verifier is needed")

    def verify(request: InboundRequest) -> None:
        for candidate in verifiers:
            candidate(request)

    return verify


def _challenge(message: str) -> InvalidSignature:
    """Return the refusal of RFC 9110, 15.5.2: some clients give name and password only when they are asked."""
    headers = {"WWW-Authenticate": 'Basic realm="hub", charset="UTF-8"'}
    return InvalidSignature(message, answer=Answer(status=401, body=f"{message}\n", headers=headers))


def _fresh(request: InboundRequest, header: str, tolerance: timedelta) -> str:
    value = request.header(header)
    if value is None or not value.isascii() or not value.isdigit() or len(value) > 12:
        raise InvalidSignature(f"header {header} is missing or is not a Unix time")
    # a datetime cannot hold every number of twelve digits
    if abs(request.received_at.timestamp() - int(value)) > tolerance.total_seconds():
        raise InvalidSignature(f"header {header} is too old or in the future; check the clocks")
    return value


def _digest(value: str | bytes) -> bytes:
    """Hash before comparing, so that not even the length shows in the time taken."""
    raw = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    return hashlib.sha256(raw).digest()
