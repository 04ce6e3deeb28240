"""The OAuth server: token pairs of the local application, and codes for them."""

import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal

from hub.sandbox.app_model import Grant
from hub.sandbox.errors import RestError
from hub.sandbox.model import Json
from hub.sandbox.portal import Portal

#: sha1 of nobody's licence; every portal has one such name for good.
MEMBER_ID = "5a9db0c5a9db0c5a9db0c5a9db0c5a9d"
_LIFETIMES = {"refresh": timedelta(days=180), "code": timedelta(seconds=30)}


class OAuthServer:
    """Issues tokens, each refresh token once. Lock held."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def answer(self, given: Mapping[str, str]) -> Json:
        """Return a new pair for a refresh token or a code, which is used up.

        Raises:
            RestError: as the OAuth server refuses.
        """
        options = self._portal.options
        kind: Literal["refresh", "code"]
        match given.get("grant_type"):
            case "refresh_token":
                kind, token = "refresh", given.get("refresh_token", "")
            case "authorization_code":
                kind, token = "code", given.get("code", "")
            case _:
                raise RestError("invalid_request", "Unknown grant_type")
        same_id = given.get("client_id", "") == options.client_id
        secret = given.get("client_secret", "").encode()
        if not same_id or not hmac.compare_digest(secret, options.client_secret.encode()):
            raise RestError("invalid_client", "Invalid client credentials", status=401)
        grant = self._portal.grants.get(token)
        if grant is None or grant.kind != kind or grant.expires_at <= self._portal.clock.now():
            raise RestError("invalid_grant", "Invalid or expired grant")
        self._portal.grants.remove(token)
        return self._token_answer(grant.user_id)

    def pair(self, user_id: int) -> tuple[str, str]:
        """Return an access and a refresh token that act as a person."""
        return self.issue("access", user_id), self.issue("refresh", user_id)

    def issue(self, kind: Literal["access", "refresh", "code"], user_id: int) -> str:
        """Return a token, or a code, that acts as a person."""
        lifetime = _LIFETIMES.get(kind, timedelta(seconds=self._portal.options.token_lifetime))
        now = self._portal.clock.now()
        token = f"{secrets.token_hex(4)}{kind[0]}{secrets.token_hex(30)}"
        self._portal.grants.put(Grant(id=token, kind=kind, user_id=user_id, expires_at=now + lifetime))
        return token

    def revoke_all(self) -> None:
        """Let every token die, as when the application is removed."""
        for grant in self._portal.grants:
            self._portal.grants.remove(grant.id)

    def _token_answer(self, user_id: int) -> Json:
        access, refresh = self.pair(user_id)
        portal = self._portal
        return {
            "access_token": access,
            "client_endpoint": f"{portal.url}/rest/",
            "domain": portal.domain,
            "expires": int(portal.clock.timestamp() + portal.options.token_lifetime),
            "expires_in": int(portal.options.token_lifetime),
            "member_id": MEMBER_ID,
            "refresh_token": refresh,
            "scope": ",".join(sorted(portal.options.scopes)),
            "server_endpoint": f"{portal.url}/rest/",
            "status": "L",
            "user_id": user_id,
        }
