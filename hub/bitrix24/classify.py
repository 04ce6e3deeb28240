"""From what the portal answered to the error class that says what to do next.

The code decides; the HTTP status only where the code is unknown, because documentation and
practice disagree about statuses. Codes are compared case-insensitively.
"""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta

from hub.bitrix24.errors import (
    AccessRefused,
    BotRefused,
    CredentialsDead,
    EditRefused,
    MessageRefused,
    MethodUnknown,
    NotFound,
    OperatingLimit,
    OutcomeUnknown,
    PortalClosed,
    PortalError,
    RateLimited,
    RecipientRefused,
    Refused,
    TokenExpired,
)

#: A blocked method stays blocked at least this long, whatever the portal said before.
OPERATING_PAUSE = timedelta(seconds=10)

_CODES: dict[str, type[PortalError]] = {
    "query_limit_exceeded": RateLimited,
    "internal_server_error": OutcomeUnknown,
    "error_unexpected_answer": OutcomeUnknown,
    # another call with the same message key is still running or has died half-way
    "sending_failed": OutcomeUnknown,
    "message_duplicated_by_uuid": OutcomeUnknown,
    "overload_limit": PortalClosed,
    "portal_deleted": PortalClosed,
    "payment_required": PortalClosed,
    "expired_token": TokenExpired,
    "no_auth_found": CredentialsDead,
    "invalid_token": CredentialsDead,
    "authorization_error": CredentialsDead,
    "application_not_found": CredentialsDead,
    "error_oauth": CredentialsDead,
    "invalid_credentials": CredentialsDead,
    "invalid_grant": CredentialsDead,
    "invalid_client": CredentialsDead,
    "wrong_client": CredentialsDead,
    "not_installed": CredentialsDead,
    "user_access_error": CredentialsDead,
    "insufficient_scope": AccessRefused,
    "access_denied": AccessRefused,
    "access_error": AccessRefused,
    "access_denied_extend": AccessRefused,  # chats: may not take people in
    "wrong_auth_type": AccessRefused,
    "method_confirm_waiting": AccessRefused,
    "method_confirm_denied": AccessRefused,
    "allowed_only_intranet_user": AccessRefused,
    "1048582": AccessRefused,  # tasks: not allowed for this user or in this status
    "error_method_not_found": MethodUnknown,
    "not_found": NotFound,
    "command_id_error": NotFound,
    "error_not_found": NotFound,
    "dialog_id_empty": RecipientRefused,
    "dialog_not_found": RecipientRefused,
    "chat_not_found": RecipientRefused,
    "chat_id_empty": RecipientRefused,
    "user_id_empty": RecipientRefused,
    "user_not_found": RecipientRefused,
    "empty_message": MessageRefused,
    "message_empty": MessageRefused,
    "attach_error": MessageRefused,
    "attach_oversize": MessageRefused,
    "keyboard_error": MessageRefused,
    "keyboard_oversize": MessageRefused,
    "menu_error": MessageRefused,
    "menu_oversize": MessageRefused,
    "cant_edit_message": EditRefused,
    "message_id_error": EditRefused,
    "message_not_found": EditRefused,
    "app_id_error": BotRefused,
    "client_id_not_specified": BotRefused,
}

_STATUSES: dict[int, type[PortalError]] = {
    401: CredentialsDead,
    403: AccessRefused,
    410: PortalClosed,
    429: RateLimited,
    503: RateLimited,
}

#: Where a refused right means "not in this dialog" or "not this message".
_SENDING = re.compile(
    r"imbot\..*message\.(send|add)|imbot\..*command\.answer|im\.message\.add|im\.notify.*", re.I
)
_EDITING = re.compile(r"im(bot)?\..*message\.(update|delete)", re.I)
_TAKING_IN = re.compile(r"im(bot)?\.chat\.user\.add", re.I)


def classify(
    method: str,
    *,
    code: str = "",
    description: str = "",
    status: int | None = None,
    retry_after: timedelta | None = None,
) -> PortalError:
    """Return the error for one refused call.

    Args:
        method: the REST method; a missing right means something else for a send than for a read.
        code: the ``error`` of the answer, or of one command's ``result_error``.
        description: already plain text, see `plain`.
        status: HTTP status; None for a command inside a batch.
        retry_after: what the portal asked for, if it did.
    """
    known = code.lower()
    if known == "operation_time_limit":
        return OperatingLimit(method, datetime.now(UTC) + OPERATING_PAUSE)
    kind = _kind(method, known, description.lower(), status)
    name = code or (f"HTTP {status}" if status else "an error without a code")
    said = f"{name} ({description})" if description else name
    if issubclass(kind, RateLimited):
        return kind(
            f"{method}: {said}", method=method, code=code, description=description, retry_after=retry_after
        )
    return kind(f"{method}: {said}", method=method, code=code, description=description)


def plain(text: object) -> str:
    """Return a portal's explanation as one line of plain text, at most 500 characters."""
    without_tags = re.sub(r"<[^>]*>", " ", str(text or ""))
    return " ".join(html.unescape(without_tags).split())[:500]


def _kind(method: str, code: str, description: str, status: int | None) -> type[PortalError]:
    kind = _CODES.get(code)
    if kind is AccessRefused and "commercial plan" in description:
        return PortalClosed
    if kind is AccessRefused and "client id not specified" in description:
        return BotRefused
    if code in {"access_denied", "wrong_request"}:
        if _SENDING.fullmatch(method):
            return RecipientRefused
        if _EDITING.fullmatch(method):
            return EditRefused
        if _TAKING_IN.fullmatch(method):
            return AccessRefused
    if kind is not None:
        return kind
    if code.startswith("bot_"):
        return BotRefused
    if code.endswith("methodnotfoundexception"):
        return MethodUnknown
    # crm.*.get answers a missing id with an empty code
    if code.endswith(("_not_found", "notfoundexception")) or (
        not code and description.startswith("not found")
    ):
        return NotFound
    if status is not None and status in _STATUSES:
        return _STATUSES[status]
    return OutcomeUnknown if status is not None and status >= 500 else Refused
