"""What happens to the local application: installed, updated, removed. Each tells its handler over HTTP."""

import secrets

import httpx

from hub.sandbox.app_model import Application, OutgoingWebhook
from hub.sandbox.model import Json
from hub.sandbox.oauth import OAuthServer
from hub.sandbox.php import build_query
from hub.sandbox.portal import Portal
from hub.sandbox.portal_events import application_auth, application_form, raise_event

_TIMEOUT = 30.0
_FORM = {"content-type": "application/x-www-form-urlencoded", "user-agent": "Bitrix24 Sandbox"}


class ApplicationActions:
    """An administrator's hand in the portal's developer pages. Takes the lock itself, and posts without it."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._server = OAuthServer(portal)

    def install(self, url: str, *, user_id: int, framed: bool) -> httpx.Response:
        """Install the application and post the news, or the frame's fields, to *url*."""
        with self._portal.lock:
            known = self._portal.application
            token = known.application_token if known else secrets.token_hex(16)
            application = self._portal.applications.put(
                Application(id=1, user_id=user_id, application_token=token, finished=not framed)
            )
            if framed:
                return_to, form = self._frame(url, application)
            else:
                data = {"VERSION": 1, "ACTIVE": "Y", "INSTALLED": "Y", "LANGUAGE_ID": "en"}
                return_to = url
                form = application_form(self._portal, "ONAPPINSTALL", data, self._auth(application))
        return _post(return_to, form)

    def finish_install(self) -> None:
        """Do what `BX24.installFinish()` does: from now on events are sent."""
        with self._portal.lock:
            application = self._portal.applications[1]
            self._portal.applications.put(application.model_copy(update={"finished": True}))

    def update(self, url: str, *, new_token: bool) -> httpx.Response:
        """Bring a new version: every handler is gone, and perhaps the application token is another one."""
        with self._portal.lock:
            application = self._portal.applications[1]
            changes: Json = {"version": application.version + 1}
            if new_token:
                changes["application_token"] = secrets.token_hex(16)
            application = self._portal.applications.put(application.model_copy(update=changes))
            self._unbind_all()
            versions = {"VERSION": application.version, "PREVIOUS_VERSION": application.version - 1}
            data = {**versions, "LANGUAGE_ID": "en"}
            form = application_form(self._portal, "ONAPPUPDATE", data, self._auth(application))
        return _post(url, form)

    def uninstall(self, url: str | None, *, clean: bool) -> httpx.Response | None:
        """Remove the application with its handlers, tokens and bots; tell *url*, or whoever is bound."""
        with self._portal.lock:
            application = self._portal.applications[1]
            data = {"LANGUAGE_ID": "en", "CLEAN": int(clean)}
            form = application_form(
                self._portal, "ONAPPUNINSTALL", data, application_auth(self._portal, application)
            )
            if url is None:
                raise_event(self._portal, "ONAPPUNINSTALL", data, by=None)
            self._unbind_all()
            self._server.revoke_all()
            self._portal.applications.remove(1)
            for bot in self._portal.bots:
                if bot.owner == self._portal.options.client_id:
                    self._portal.bots.remove(bot.id)
        return None if url is None else _post(url, form)

    def authorize(self, user_id: int) -> str:
        """Return the code that a person's consent gives."""
        with self._portal.lock:
            return self._server.issue("code", user_id)

    def outgoing_webhook(self, url: str, token: str, events: tuple[str, ...]) -> None:
        """Make an outgoing webhook."""
        with self._portal.lock:
            hooks = self._portal.outgoing
            hooks.put(OutgoingWebhook(id=hooks.next_id(), url=url, token=token, events=events))

    def _auth(self, application: Application) -> Json:
        access, refresh = self._server.pair(application.user_id)
        return {
            "scope": " ".join(sorted(self._portal.options.scopes)),
            "access_token": access,
            "refresh_token": refresh,
            "expires_in": int(self._portal.options.token_lifetime),
            "status": "L",
            **application_auth(self._portal, application),
        }

    def _frame(self, url: str, application: Application) -> tuple[str, Json]:
        """Return the address with its query, and the fields that the browser posts."""
        auth = self._auth(application)
        query = {
            "DOMAIN": self._portal.domain,
            "PROTOCOL": 0,
            "LANG": self._portal.options.language,
            "APP_SID": secrets.token_hex(16),
        }
        form = {
            "AUTH_ID": auth["access_token"],
            "AUTH_EXPIRES": auth["expires_in"],
            "REFRESH_ID": auth["refresh_token"],
            "SERVER_ENDPOINT": auth["server_endpoint"],
            "APPLICATION_TOKEN": auth["application_token"],
            "APPLICATION_SCOPE": auth["scope"].replace(" ", ","),
            "member_id": auth["member_id"],
            "status": "L",
            "PLACEMENT": "DEFAULT",
        }
        return f"{url}?{build_query(query)}", form

    def _unbind_all(self) -> None:
        for binding in self._portal.bindings:
            self._portal.bindings.remove(binding.id)


def _post(url: str, form: Json) -> httpx.Response:
    return httpx.post(url, content=build_query(form), headers=_FORM, timeout=_TIMEOUT)
