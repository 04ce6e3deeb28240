"""Who is calling: the credentials of a request, and what they allow."""

import hmac

from hub.sandbox.errors import RestError
from hub.sandbox.portal import Portal
from hub.sandbox.registry import Caller


def check_webhook(portal: Portal, user: str, secret: str) -> Caller:
    """Return the caller behind an incoming webhook's path.

    Raises:
        RestError: `INVALID_CREDENTIALS`, or what the `revoked` fault says.
    """
    options = portal.options
    _check_revoked(portal)
    known = user == str(options.webhook_user) and hmac.compare_digest(
        secret.encode(), options.secret.encode()
    )
    owner = portal.people.get(options.webhook_user)
    if not known or owner is None or not owner.active:
        raise RestError("INVALID_CREDENTIALS", "Invalid request credentials", status=401)
    return Caller(user_id=owner.id, scopes=options.scopes, key=f"webhook:{owner.id}")


def check_token(portal: Portal, token: str) -> Caller:
    """Return the person for whom the application calls with an access token.

    Raises:
        RestError: `NO_AUTH_FOUND`, `invalid_token`, `expired_token`, or what the `revoked` fault says.
    """
    _check_revoked(portal)
    if not token:
        raise RestError("NO_AUTH_FOUND", "Wrong authorization data", status=401)
    grant = portal.grants.get(token)
    owner = portal.people.get(grant.user_id) if grant is not None and grant.kind == "access" else None
    if grant is None or owner is None or not owner.active:
        raise RestError("invalid_token", "Unable to get application by token", status=401)
    if grant.expires_at <= portal.clock.now():
        raise RestError("expired_token", "The access token provided has expired.", status=401)
    application = portal.options.client_id
    return Caller(
        user_id=owner.id, scopes=portal.options.scopes, key=f"app:{application}", application=application
    )


def _check_revoked(portal: Portal) -> None:
    fault = portal.faults.strike("revoked")
    if fault is not None:
        raise RestError(fault.error, fault.description or fault.error, status=fault.status)
