"""Who may go on with an exchange: a cookie that needs no memory.

``checkauth`` hands out ``<seconds>-<random>-<signature>``. The part before the signature names the session; it is no
secret and comes back as ``sessid``, too.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta

from hub.plugin import Answer, InboundRequest, InvalidSignature, Verifier

COOKIE = "HUBSESS"
_LASTS = timedelta(hours=1)
#: How far the clocks of several hubs may be apart.
_EARLY = timedelta(minutes=1)
_TOKEN = re.compile(r"((\d{1,12})-[0-9a-f]{16})-([0-9a-f]{64})", re.ASCII)
_MOST_COOKIES = 20


class Sessions:
    """Sessions of one instance.

    Args:
        name: of the instance; a cookie is good for no other.
        password: a new one ends all sessions.
    """

    def __init__(self, name: str, password: str) -> None:
        self._key = hashlib.sha256(f"exchange\n{name}\n{password}".encode()).digest()

    def begin(self, at: datetime) -> str:
        """Return the cookie of a new session."""
        session = f"{int(at.timestamp())}-{secrets.token_hex(8)}"
        return f"{session}-{self._signature(session)}"

    def verify(self, request: InboundRequest) -> None:
        """Accept requests with the cookie of a session that is not over, and with its ``sessid`` where they have one.

        Raises:
            InvalidSignature: with an answer that 1C shows.
        """
        session = self._found(request)
        if session is None:
            raise refusal("the session is unknown or over; begin with mode=checkauth")
        if request.query.get("sessid", session) != session:
            raise refusal("sessid is of another session")

    def of(self, request: InboundRequest) -> str:
        """Return the session of a request that was let in."""
        return self._found(request) or ""

    def _found(self, request: InboundRequest) -> str | None:
        pairs = (part.strip().partition("=") for part in (request.header("Cookie") or "").split(";"))
        values = [value for name, _, value in pairs if name == COOKIE]
        return next(filter(None, (self._named(v, request.received_at) for v in values[:_MOST_COOKIES])), None)

    def _named(self, value: str, now: datetime) -> str | None:
        """Return the session that a cookie proves."""
        token = _TOKEN.fullmatch(value)
        if token is None or not hmac.compare_digest(token[3], self._signature(token[1])):
            return None
        age = timedelta(seconds=now.timestamp() - int(token[2]))
        return token[1] if -_EARLY <= age <= _LASTS else None

    def _signature(self, session: str) -> str:
        return hmac.new(self._key, session.encode(), hashlib.sha256).hexdigest()


def in_words_of_1c(verify: Verifier) -> Verifier:
    """Return *verify* with refusals that 1C shows to its user."""

    def told(request: InboundRequest) -> None:
        try:
            verify(request)
        except InvalidSignature as exc:
            raise refusal(str(exc), exc.answer.headers if exc.answer else {}) from exc

    return told


def refusal(reason: str, headers: Mapping[str, str] | None = None) -> InvalidSignature:
    """Return the refusal of who does not prove to be 1C."""
    answer = Answer(status=401, body=f"failure\n{reason}\n", headers=headers or {})
    return InvalidSignature(reason, answer=answer)
