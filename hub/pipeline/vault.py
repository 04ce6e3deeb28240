"""The vault: an application's tokens in the database, encrypted, and renewed once for all processes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import structlog

from hub.bitrix24 import Tokens
from hub.bitrix24.errors import CredentialsDead, Disconnected, NotInstalled, Unreachable
from hub.pipeline.seal import Seal
from hub.plugin import PermanentFailure
from hub.storage.credentials import CredentialRows
from hub.storage.database import AWAY
from hub.storage.leases import Leases

log = structlog.get_logger("hub.portal")

_NAME = "application"
_LEASE = "credentials"
#: Longer than the OAuth server is waited for.
_LEASE_TTL = timedelta(seconds=60)
#: How often, and with which pause in seconds, one looks whether another process has renewed.
_LOOKS, _PAUSE = 100, 0.1


@dataclass(frozen=True)
class _Kept:
    tokens: Tokens
    sealed: bytes


class KeyMissing(CredentialsDead):
    """The tokens were encrypted with a key that HUB_SECRET_KEY lacks."""


class DatabaseVault:
    """Keeps the tokens of the hub's application.

    They are read anew for every call: a row by its key costs nothing beside a request, and so every process knows
    at once what another one has renewed, installed or forgotten.

    Args:
        leases: those in the database, also where one process serves: commands are others.
    """

    def __init__(
        self,
        rows: CredentialRows,
        seal: Seal,
        leases: Leases,
        *,
        portal: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rows = rows
        self._seal = seal
        self._leases = leases
        self._portal = portal
        self._sleep = sleep
        self._lock = threading.Lock()
        self._unsaved: tuple[Tokens, Tokens] | None = None

    def read(self) -> Tokens | None:
        """Return what is kept now; None while the application is not installed.

        Raises:
            KeyMissing: no key opens it.
            Unreachable: the database is away.
        """
        kept = self._kept()
        return None if kept is None else kept.tokens

    def trouble(self) -> Disconnected | None:
        """Return why no call can work, as far as it is known without asking the portal."""
        try:
            return None if self.read() is not None else self._not_installed()
        except CredentialsDead as error:
            return error

    def renewed(self, stale: Tokens, refresh: Callable[[Tokens], Tokens]) -> Tokens:
        """Return newer tokens than *stale*: those kept by now, else what *refresh* makes of it, kept.

        Raises:
            PortalError: *refresh* could not, nothing is kept any more, or another process takes too long.
        """
        with self._lock:
            for _ in range(_LOOKS):
                known = self._newer(stale)
                if known is not None:
                    return known
                if self._acquired():
                    break
                self._sleep(_PAUSE)
            else:
                raise Unreachable("another process is still renewing the application's token")
            try:
                return self._newer(stale) or self._refreshed(stale, refresh)
            finally:
                self._release()

    def store(self, tokens: Tokens, *, replacing: Tokens | None) -> bool:
        """Keep tokens where *replacing* was kept; False when something else is kept by now."""
        sealed = self._sealed(tokens)
        if replacing is None:
            return self._rows.add(_NAME, sealed)
        kept = self._kept()
        return (
            kept is not None and kept.tokens == replacing and self._rows.replace(_NAME, kept.sealed, sealed)
        )

    def forget(self) -> bool:
        """Keep nothing; False when nothing was kept."""
        return self._rows.forget(_NAME)

    def _acquired(self) -> bool:
        try:
            return self._leases.acquire(_LEASE, _LEASE_TTL)
        except AWAY as exc:
            raise Unreachable(f"the token cannot be renewed now ({type(exc).__name__})") from exc

    def _release(self) -> None:
        with suppress(*AWAY):  # then it expires
            while not self._leases.release(_LEASE):
                pass  # somebody asked for it meanwhile, and looks again by himself

    def _newer(self, stale: Tokens) -> Tokens | None:
        known = self.read()
        if known is None:
            raise self._not_installed()
        return known if known.access_token != stale.access_token else None

    def _refreshed(self, stale: Tokens, refresh: Callable[[Tokens], Tokens]) -> Tokens:
        if self._unsaved is None or self._unsaved[0] != stale:
            self._unsaved = (stale, refresh(stale))  # the old refresh token is dead from here on
        fresh = self._unsaved[1]
        try:
            kept = self.store(fresh, replacing=stale)
        except AWAY as exc:  # the pair stays in memory and is kept at the next call
            raise Unreachable(f"the new token cannot be kept now ({type(exc).__name__})") from exc
        self._unsaved = None
        if kept:
            log.info("token renewed")
            return fresh
        known = self.read()  # installed anew, or forgotten, meanwhile
        if known is None:
            raise self._not_installed()
        return known

    def _kept(self) -> _Kept | None:
        try:
            sealed = self._rows.get(_NAME)
        except AWAY as exc:
            raise Unreachable(f"the application's tokens cannot be read now ({type(exc).__name__})") from exc
        if sealed is None:
            return None
        try:
            packed = json.loads(self._seal.open(sealed))
        except PermanentFailure as exc:
            raise KeyMissing(
                "no key of HUB_SECRET_KEY opens the application's tokens; add the old key,"
                " or run 'hub portal reset' and install the application again"
            ) from exc
        packed |= {
            "expires_at": datetime.fromisoformat(packed["expires_at"]),
            "scopes": tuple(packed["scopes"]),
        }
        return _Kept(Tokens(**packed), sealed)

    def _sealed(self, tokens: Tokens) -> bytes:
        packed = asdict(tokens) | {"expires_at": tokens.expires_at.isoformat()}
        return self._seal.close(json.dumps(packed).encode())

    def _not_installed(self) -> NotInstalled:
        return NotInstalled(f"the application is not installed at {self._portal}")
