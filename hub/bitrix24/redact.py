"""Keeping secrets out of logs and messages."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

_HIDDEN = "***"

#: To the old bot API, and in the addresses of its handlers, CLIENT_ID is the bot's token.
_NAMES = (
    *("bottoken", "auth", "access_token", "refresh_token", "client_secret", "client_id", "application_token"),
    *("auth_id", "refresh_id"),  # of a page in a frame
)
_SECRET_PARAMS = frozenset(_NAMES)
_WEBHOOK = re.compile(r"(/rest/(?:api/)?[0-9]+/)[^/\s\"']+")
_QUERY = re.compile(rf"\b({'|'.join(_NAMES)}|code|key)=[^&\s\"']+", re.IGNORECASE)


def hide_secrets_in_http_log() -> None:
    """Make httpx's log lines, which hold full URLs, safe to keep."""
    logging.getLogger("httpx").addFilter(_hide)


def without_secrets(text: str, secrets: Iterable[str], params: Mapping[str, Any]) -> str:
    """Return *text* with *secrets* and the secret parameters of the call replaced."""
    for secret in {*secrets, *_secret_values(params)}:
        if secret:
            text = text.replace(secret, _HIDDEN)
    return _without_secret_urls(text)


def _hide(record: logging.LogRecord) -> bool:
    record.msg, record.args = _without_secret_urls(record.getMessage()), ()
    return True


def _without_secret_urls(text: str) -> str:
    return _QUERY.sub(rf"\1={_HIDDEN}", _WEBHOOK.sub(rf"\1{_HIDDEN}", text))


def _secret_values(data: object) -> Iterator[str]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            if isinstance(value, str) and str(key).lower() in _SECRET_PARAMS:
                yield value
            else:
                yield from _secret_values(value)
    elif isinstance(data, Sequence) and not isinstance(data, str | bytes):
        for item in data:
            yield from _secret_values(item)
