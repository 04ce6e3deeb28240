"""How the portal is, as the sender last found it; kept so that people and other processes see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from hub.bitrix24.errors import CredentialsDead, Disconnected, NotInstalled, PortalError
from hub.pipeline.vault import KeyMissing
from hub.storage.facts import Facts

_FACT = "portal-state"
#: What to do when the portal does not let us in.
WEBHOOK_REFUSED = "the portal refuses the webhook: make a new one, set bitrix24.webhook_url, restart"
APPLICATION_MISSING = "install the application in the portal, with {path} as the path of its installation"
_KEY_MISSING = "give the hub the key that it had, and restart; messages wait meanwhile"
_WRONG_CLIENT = ("invalid_client", "wrong_client")


@dataclass(frozen=True, kw_only=True)
class PortalState:
    """What an operator wants to know.

    Attributes:
        state: ``connected``, ``away`` (it does not answer, or is busy) or ``disconnected`` (it does not let us in).
        since: ISO time since when that is so; empty when never tried.
        error: the last one, without secrets.
        advice: what to do about it.
        next_try: ISO time of the next attempt.
    """

    state: str = "connected"
    since: str = ""
    error: str = ""
    advice: str = ""
    next_try: str = ""


class PortalWatch:
    """Remembers what the sender finds; unchanged good news is not written again and again.

    Args:
        credentials: what to do when the portal does not let us in.
        trouble: why it cannot let us in, as far as that is known without asking it.
    """

    def __init__(
        self, facts: Facts, *, credentials: str, trouble: Callable[[], Disconnected | None] = lambda: None
    ) -> None:
        self._facts = facts
        self._credentials = credentials
        self._trouble = trouble

    def read(self) -> PortalState:
        """Return what was found last, by whichever process sends."""
        known = self._facts.get(_FACT)
        found = PortalState()
        if isinstance(known, dict):
            found = PortalState(**{name: str(value) for name, value in known.items()})
        if found.state != "disconnected" and (trouble := self._trouble()) is not None:
            return PortalState(state="disconnected", error=str(trouble), advice=self.advice(trouble))
        return found

    def connected(self, now: datetime) -> None:
        """The portal answers."""
        self._write(PortalState(since=now.isoformat()))

    def failed(self, error: PortalError, now: datetime, next_try: datetime) -> PortalState:
        """It does not; return what is known now."""
        state = "disconnected" if isinstance(error, Disconnected) else "away"
        before = self.read()
        found = PortalState(
            state=state,
            since=(before.since if before.state == state else "") or now.isoformat(),
            error=str(error),
            advice=self.advice(error),
            next_try=next_try.isoformat(),
        )
        self._write(found)
        return found

    def forget(self) -> None:
        """Forget what was found."""
        self._facts.set(_FACT, None)

    def advice(self, error: PortalError) -> str:
        """Return what to do about *error*."""
        match error:
            case KeyMissing():
                return _KEY_MISSING
            case CredentialsDead(code=code) if code.lower() in _WRONG_CLIENT:
                return "check bitrix24.client_id and bitrix24.client_secret, and restart"
            case CredentialsDead() | NotInstalled():
                return self._credentials
            case Disconnected():
                return "the portal lets nobody in: look at its plan and its status"
            case _:
                return "nothing to do: messages wait and go out when the portal answers"

    def _write(self, state: PortalState) -> None:
        self._facts.set(_FACT, {name: str(value) for name, value in asdict(state).items()})
