"""Who may send: everything that is set has to be right."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from hub.plugin import (
    InboundRequest,
    InvalidPayload,
    InvalidSignature,
    Verifier,
    all_of,
    basic_auth,
    bearer_token,
    hmac_signature,
    path_secret,
)
from hub_plugin_webhook.expressions import Expression
from hub_plugin_webhook.failures import MappingFailed
from hub_plugin_webhook.hubspot import hubspot_signature
from hub_plugin_webhook.settings import WebhookSettings
from hub_plugin_webhook.standard_webhooks import standard_webhooks

ReadBody = Callable[[InboundRequest], Any]


def verifier(
    settings: WebhookSettings, read: ReadBody, *, probe: Expression, account_at: Sequence[Expression]
) -> Verifier:
    """Return the check of *settings*; a probe has to know the path only, and is kept nowhere."""
    address = only_address(settings)
    proofs = all_of([*_proofs(settings, read, account_at), _nothing_more])

    def verify(request: InboundRequest) -> None:
        address(request)
        if not is_probe(request, read, probe):
            proofs(request)

    return verify


def only_address(settings: WebhookSettings) -> Verifier:
    """Return the check of the secret in the path, where there is one."""
    return path_secret(settings.path_secret) if settings.path_secret.get_secret_value() else _nothing_more


def is_probe(request: InboundRequest, read: ReadBody, probe: Expression) -> bool:
    """Say whether it is the sender's test call."""
    if not probe:
        return False
    try:
        return probe.holds({"body": read(request)})
    except (InvalidPayload, MappingFailed):
        return False


def _proofs(
    settings: WebhookSettings, read: ReadBody, account_at: Sequence[Expression]
) -> Iterator[Verifier]:
    if settings.username:
        yield basic_auth(settings.username, settings.password)
    if settings.secret.get_secret_value():
        yield _signature(settings)
    if settings.token.get_secret_value():
        if settings.token_field:
            yield _field_token(settings.token, settings.token_field, read)
        else:
            yield bearer_token(settings.token, header=settings.token_header, scheme=settings.token_scheme)
    if settings.account:
        yield _same_account(settings.account, account_at, read)


def _signature(settings: WebhookSettings) -> Verifier:
    how = settings.signature
    tolerance = timedelta(seconds=how.tolerance)
    match how.scheme:
        case "standard-webhooks":
            return standard_webhooks(settings.secret, tolerance=tolerance)
        case "hubspot":
            return hubspot_signature(settings.secret, tolerance=tolerance)
        case "github":
            return hmac_signature(settings.secret, header="X-Hub-Signature-256", prefix="sha256=")
        case "hmac":
            return hmac_signature(
                settings.secret,
                header=how.header,
                encoding=how.encoding,
                prefix=how.prefix,
                algorithm=how.algorithm,
                timestamp_header=how.timestamp_header,
                separator=how.separator,
                tolerance=tolerance,
            )


def _field_token(token: SecretStr, name: str, read: ReadBody) -> Verifier:
    expected = _digest(token.get_secret_value())

    def verify(request: InboundRequest) -> None:
        body = _readable(request, read)
        given = body.get(name) if isinstance(body, dict) else None
        if not hmac.compare_digest(_digest(given if isinstance(given, str) else ""), expected):
            raise InvalidSignature(f"field {name} is missing or wrong")

    return verify


def _same_account(account: str, places: Sequence[Expression], read: ReadBody) -> Verifier:
    def verify(request: InboundRequest) -> None:
        scope = {"body": _readable(request, read)}
        try:
            found = [place.find(scope) for place in places]
        except MappingFailed as exc:
            raise InvalidSignature("the body does not name the account", status=403) from exc
        if account not in [str(each) for each in found if isinstance(each, str | int)]:
            raise InvalidSignature("the body is of another account", status=403)

    return verify


def _readable(request: InboundRequest, read: ReadBody) -> Any:
    try:
        return read(request)
    except InvalidPayload as exc:
        raise InvalidSignature(f"the body has to prove the sender: {exc}") from exc


def _nothing_more(_: InboundRequest) -> None:
    """Accept everything."""


def _digest(value: str) -> bytes:
    return hashlib.sha256(value.encode("utf-8", "replace")).digest()
