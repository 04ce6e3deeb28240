"""A local application: a pair of tokens, renewed when the portal calls one of them expired.

A refresh token works once, so a pair is renewed by one thread of one process at a time and kept before it is
used; the :class:`Vault` sees to both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import httpx

from hub.bitrix24.addresses import is_private, moved_to, oauth_server, origin_of, read_url, rest_endpoint
from hub.bitrix24.calls import whole
from hub.bitrix24.classify import classify, plain
from hub.bitrix24.errors import CredentialsDead, Disconnected, NotInstalled, PortalError, Unreachable
from hub.bitrix24.redact import hide_secrets_in_http_log, without_secrets

#: An access token's life when nobody says it.
_USUAL_LIFE = 3600
#: A refresh token that was refused is not offered again for so long; who keeps asking may be blocked.
_REFUSED_FOR = timedelta(minutes=5)
_TIMEOUT = httpx.Timeout(15.0, connect=5.0)
_METHOD = "oauth/token"


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What an installed application knows of its portal.

    Attributes:
        client_endpoint: where methods are called, ``https://portal.example/rest/``.
        server_endpoint: the OAuth server as the portal named it; see `addresses.oauth_server`.
        member_id: the portal's name for good, whatever its host is called.
        application_token: stands in every event that the portal sends.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime
    client_endpoint: str
    server_endpoint: str = ""
    member_id: str = ""
    application_token: str = field(default="", repr=False)
    scopes: tuple[str, ...] = ()


class Vault(Protocol):
    """Keeps the tokens of one application, for all its processes."""

    def read(self) -> Tokens | None:
        """Return what is kept now; None while the application is not installed."""

    def renewed(self, stale: Tokens, refresh: Callable[[Tokens], Tokens]) -> Tokens:
        """Return newer tokens than *stale*: those kept by now, else what *refresh* makes of it.

        Only one caller at a time, of all processes, gets to *refresh*; the result is kept before it is returned.

        Raises:
            PortalError: *refresh* could not, or nothing is kept any more.
        """


class Application:
    """The way in of an installed local application.

    Args:
        portal: host name, perhaps with a port; plain http is spoken only to the own machine.
        now: the time; what is past its end is renewed without asking the portal first.
        on_moved: told the new host when the portal has been renamed.
        transport: for tests; by default real connections to the OAuth server.
    """

    def __init__(
        self,
        portal: str,
        *,
        client_id: str,
        client_secret: str,
        vault: Vault,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        on_moved: Callable[[str], None] = lambda host: None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        hide_secrets_in_http_log()
        self._portal = portal
        self._client_id = client_id
        self._client_secret = client_secret
        self._vault = vault
        self._now = now
        self._on_moved = on_moved
        self._transport = transport
        self._base = httpx.URL(rest_endpoint(portal))
        self._last: Tokens | None = None
        self._refused: tuple[str, datetime, Disconnected] | None = None

    @property
    def host(self) -> str:
        return self._base.host

    @property
    def origin(self) -> str:
        return origin_of(self._base)

    @property
    def secrets(self) -> tuple[str, ...]:
        last = self._last
        known = () if last is None else (last.access_token, last.refresh_token, last.application_token)
        return (self._client_secret, *known)

    def url(self, method: str) -> str:
        return f"{self._base}{method}"

    def url_v3(self, method: str) -> str:
        return f"{self._base}api/{method}"

    def signed(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        tokens = self._kept()
        if tokens.expires_at <= self._now():
            tokens = self._renewed(tokens)
        return {**params, "auth": tokens.access_token}

    def renew(self, sent: Mapping[str, Any]) -> bool:
        tokens = self._kept()
        if tokens.access_token == sent.get("auth"):
            self._renewed(tokens)
        return True

    def moved(self, url: str, location: str) -> bool:
        target = moved_to(url, location)
        if target is None:
            return False
        self._move(target.copy_with(path=self._base.path, fragment=None))
        return True

    def __repr__(self) -> str:
        return f"Application({self.host!r})"

    def _kept(self) -> Tokens:
        self._last = self._vault.read()
        if self._last is None:
            raise NotInstalled(f"the application is not installed at {self._portal}")
        return self._last

    def _renewed(self, stale: Tokens) -> Tokens:
        self._last = self._vault.renewed(stale, self._refresh)
        return self._last

    def _move(self, base: httpx.URL) -> None:
        if base != self._base:  # another thread may have followed the same redirect already
            self._base = base
            self._on_moved(base.host)

    def _refresh(self, stale: Tokens) -> Tokens:
        """Trade the refresh token for a new pair.

        Raises:
            Disconnected: the OAuth server does not take it; somebody has to act.
            Unreachable: it cannot be asked now, so the call that needs the token was not executed.
        """
        now = self._now()
        if self._refused is not None:
            token, until, error = self._refused
            if token == stale.refresh_token and now < until:
                raise type(error)(str(error), method=_METHOD, code=error.code, description=error.description)
        try:
            answer = self._ask(stale)
        except Disconnected as error:
            self._refused = (stale.refresh_token, now + _REFUSED_FOR, error)
            raise
        endpoint = read_url(str(answer.get("client_endpoint", "")))
        if endpoint.host and is_private(endpoint) and endpoint.path == self._base.path:
            self._move(endpoint)
        return replace(
            stale,
            access_token=str(answer["access_token"]),
            refresh_token=str(answer["refresh_token"]),
            expires_at=now + timedelta(seconds=whole(answer.get("expires_in")) or _USUAL_LIFE),
            client_endpoint=str(self._base),
        )

    def _ask(self, stale: Tokens) -> Mapping[str, Any]:
        params = {
            "grant_type": "refresh_token",
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "refresh_token": stale.refresh_token,
        }
        server = oauth_server(stale.server_endpoint, self._portal)
        try:
            with httpx.Client(timeout=_TIMEOUT, follow_redirects=False, transport=self._transport) as http:
                response = http.get(f"{server}/oauth/token/", params=params)
                data = response.json()
        except (httpx.RequestError, ValueError) as exc:
            raise Unreachable(
                f"the OAuth server does not answer ({type(exc).__name__})", method=_METHOD
            ) from exc
        answer = data if isinstance(data, Mapping) else {}
        if "error" in answer or response.status_code >= 400:
            raise self._refusal(answer, response.status_code, params)
        if not answer.get("access_token") or not answer.get("refresh_token"):
            raise Unreachable("the OAuth server answers without tokens", method=_METHOD)
        return answer

    def _refusal(self, answer: Mapping[str, Any], status: int, params: Mapping[str, Any]) -> PortalError:
        code, said = (
            without_secrets(plain(answer.get(name)), self.secrets, params)
            for name in ("error", "error_description")
        )
        error = classify(_METHOD, code=code, description=said, status=status)
        if isinstance(error, Disconnected):
            return error
        if status >= 500 or status == 429 or not code:
            return Unreachable(f"the OAuth server answers {error}", method=_METHOD, code=code)
        return CredentialsDead(str(error), method=_METHOD, code=code, description=said)


class SingleToken:
    """The way in with one access token that is never renewed: to find out whose it is.

    Args:
        portal: host name from the settings; nothing that came with the token says where it is sent.
    """

    def __init__(self, portal: str, token: str) -> None:
        self._base = httpx.URL(rest_endpoint(portal))
        self._token = token

    @property
    def host(self) -> str:
        return self._base.host

    @property
    def origin(self) -> str:
        return origin_of(self._base)

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self._token,)

    def url(self, method: str) -> str:
        return f"{self._base}{method}"

    def url_v3(self, method: str) -> str:
        return f"{self._base}api/{method}"

    def signed(self, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {**params, "auth": self._token}

    def renew(self, sent: Mapping[str, Any]) -> bool:
        return False

    def moved(self, url: str, location: str) -> bool:
        return False
