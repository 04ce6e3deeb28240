"""Who is calling: the credentials in a request's path, and what they allow."""

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
    fault = portal.faults.strike("revoked")
    if fault is not None:
        raise RestError(fault.error, fault.description or fault.error, status=fault.status)
    known = user == str(options.webhook_user) and hmac.compare_digest(
        secret.encode(), options.secret.encode()
    )
    owner = portal.people.get(options.webhook_user)
    if not known or owner is None or not owner.active:
        raise RestError("INVALID_CREDENTIALS", "Invalid request credentials", status=401)
    return Caller(user_id=owner.id, scopes=options.scopes, key=f"webhook:{owner.id}")
