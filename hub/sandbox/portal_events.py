"""Events of the CRM, of tasks and of the application: who hears of them, and what is posted. Lock held."""

from typing import Any

from hub.sandbox.app_model import Application
from hub.sandbox.model import Json
from hub.sandbox.oauth import MEMBER_ID, OAuthServer
from hub.sandbox.portal import Portal

#: What a task event says where there is nothing to say.
UNDEFINED = "undefined"

_CRM_OBJECTS = ("LEAD", "DEAL", "CONTACT", "COMPANY", "DYNAMICITEM")
_CRM = [
    *(f"ONCRM{kind}{what}" for kind in _CRM_OBJECTS for what in ("ADD", "UPDATE", "DELETE")),
    "ONCRMDEALMOVETOCATEGORY",
]
_TASKS = [*(f"ONTASK{what}" for what in ("ADD", "UPDATE", "DELETE")), "ONTASKCOMMENTADD"]
_APPLICATION = ["ONAPPINSTALL", "ONAPPUPDATE", "ONAPPUNINSTALL", "ONAPPTEST"]
#: Event name -> the scope it needs; empty: none.
EVENTS = dict.fromkeys(_CRM, "crm") | dict.fromkeys(_TASKS, "task") | dict.fromkeys(_APPLICATION, "")


def raise_event(portal: Portal, name: str, data: Json, *, by: int | None) -> None:
    """Post an event to the application's handlers and to outgoing webhooks.

    Args:
        by: the person who acted; None: a robot did, so the event carries no tokens.
    """
    for binding in portal.bindings:
        application = portal.application
        if binding.event == name and application is not None and application.finished:
            auth = application_auth(portal, application)
            if by is not None:
                auth |= _tokens(portal, binding.auth_type or by, EVENTS[name])
            _post(portal, binding.handler, _body(portal, name, data, auth, 600 + binding.id))
    for hook in portal.outgoing:
        if name in hook.events:
            auth = portal_auth(portal) | {"application_token": hook.token}
            _post(portal, hook.url, _body(portal, name, data, auth, 900 + hook.id))


def portal_auth(portal: Portal) -> Json:
    """Return what every event says about where it comes from."""
    return {
        "domain": portal.domain,
        "client_endpoint": f"{portal.url}/rest/",
        "server_endpoint": f"{portal.url}/rest/",
        "member_id": MEMBER_ID,
    }


def application_auth(portal: Portal, application: Application) -> Json:
    """Return the same with the application's own token."""
    return portal_auth(portal) | {"application_token": application.application_token}


def application_form(portal: Portal, name: str, data: Json, auth: Json) -> Json:
    """Return the body of an event about the application itself."""
    return {"event": name, "data": data, "ts": int(portal.clock.timestamp()), "auth": auth}


def _tokens(portal: Portal, user_id: int, scope: str) -> Json:
    server = OAuthServer(portal)
    tokens: dict[str, Any] = {
        "access_token": server.issue("access", user_id),
        "expires_in": int(portal.options.token_lifetime),
        "scope": scope,
        "status": "L",
    }
    return tokens | ({"refresh_token": server.issue("refresh", user_id)} if scope == "task" else {})


def _body(portal: Portal, name: str, data: Json, auth: Json, handler: int) -> Json:
    return application_form(portal, name, data, auth) | {"event_handler_id": handler}


def _post(portal: Portal, url: str, form: Json) -> None:
    if not portal.options.merge_events or not _waits(portal, url, form):
        portal.posts.extend([(url, form)] * portal.options.repeat_events)
    portal.feed.wake()


def _waits(portal: Portal, url: str, form: Json) -> bool:
    waiting = list(portal.posts)  # the sender takes from it meanwhile
    return (url, form["event"], form["data"]) in (
        (known, body["event"], body["data"]) for known, body in waiting
    )
