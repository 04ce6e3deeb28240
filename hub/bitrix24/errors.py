"""What can go wrong between the hub and a portal.

The class says what to do next; nobody needs to read the text::

    PortalError
    ├── Unreachable         nothing was executed (no connection, DNS, TLS); try again later
    ├── OutcomeUnknown      may have been executed; repeat only with the same idempotency key
    ├── Busy                nothing was executed; try again after `retry_after`
    │   ├── RateLimited     too many requests; back off
    │   └── OperatingLimit  this method is blocked until `reset_at`; other methods still work
    ├── Disconnected        no call works until a person acts; keep everything, alert the operator
    │   ├── CredentialsDead     the secret or token is not accepted
    │   │   └── TokenExpired    renew the token and repeat once
    │   ├── NotInstalled        the application has no tokens yet, or was removed
    │   └── PortalClosed        portal deleted, blocked for overload, or without REST on its plan
    └── Refused             the same call never works; show `code` and `description`
        ├── RecipientRefused    cannot write to this dialog; use another channel or recipient
        ├── MessageRefused      text, attach or keyboard not accepted; send something simpler
        ├── EditRefused         too old, deleted or not ours; send a new message
        ├── BotRefused          bot missing or owned by another token; register it
        ├── NotFound            the object does not exist
        ├── AccessRefused       right, scope, application context or confirmation is missing
        └── MethodUnknown       the portal does not know the method; use another dialect
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class PortalError(Exception):
    """A call to the portal did not succeed.

    Attributes:
        method: the REST method, e.g. ``crm.deal.get``; empty when it does not matter.
        code: the portal's ``error``, as sent; may be empty.
        description: the portal's explanation as plain text, never with a secret.
    """

    def __init__(self, text: str, *, method: str = "", code: str = "", description: str = "") -> None:
        super().__init__(text)
        self.method = method
        self.code = code
        self.description = description


class Unreachable(PortalError):
    """The request did not reach the portal, so nothing was executed."""


class OutcomeUnknown(PortalError):
    """The request was sent, but whether it was executed is not known."""


class Busy(PortalError):
    """The portal does not want this call now; nothing was executed.

    Attributes:
        retry_after: how long to wait at least; None when the portal did not say.
    """

    def __init__(
        self,
        text: str,
        *,
        method: str = "",
        code: str = "",
        description: str = "",
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(text, method=method, code=code, description=description)
        self.retry_after = retry_after


class RateLimited(Busy):
    """Too many requests from this address."""


class OperatingLimit(Busy):
    """The execution time that the portal grants to one method is used up.

    Attributes:
        reset_at: when the method may be called again.
    """

    def __init__(self, method: str, reset_at: datetime) -> None:
        super().__init__(
            f"{method} has used up its execution time, try again after {reset_at:%H:%M:%S} UTC",
            method=method,
            code="OPERATION_TIME_LIMIT",
            retry_after=max(timedelta(0), reset_at - datetime.now(UTC)),
        )
        self.reset_at = reset_at


class Disconnected(PortalError):
    """No call works until a person changes something."""


class CredentialsDead(Disconnected):
    """The portal does not accept the webhook's secret or the application's token."""


class TokenExpired(CredentialsDead):
    """The access token is too old; a renewed one works."""


class NotInstalled(Disconnected):
    """The application is not installed at the portal, so it has no tokens."""


class PortalClosed(Disconnected):
    """The portal is deleted, blocked or has no REST on its plan."""


class Refused(PortalError):
    """The portal understood the call and does not do it."""


class RecipientRefused(Refused):
    """The bot cannot write to this dialog."""


class MessageRefused(Refused):
    """The portal does not take this text, attach or keyboard."""


class EditRefused(Refused):
    """The message can no longer be changed."""


class BotRefused(Refused):
    """The bot does not exist or belongs to another owner."""


class NotFound(Refused):
    """The object does not exist or cannot be seen."""


class AccessRefused(Refused):
    """A right, a scope, the application context or an administrator's consent is missing."""


class MethodUnknown(Refused):
    """The portal does not know the method."""
