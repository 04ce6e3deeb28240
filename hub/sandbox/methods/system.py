"""Methods every application has: `profile`, `scope`, `method.get`, `server.time`; and those a webhook must not call."""

from typing import Any

from hub.sandbox.clock import portal_date
from hub.sandbox.errors import RestError
from hub.sandbox.model import Json
from hub.sandbox.parameters import string
from hub.sandbox.registry import Invocation, Method, method

_WRONG_AUTH = ("WRONG_AUTH_TYPE", "Current authorization type is denied for this method", 403)
_NO_APPLICATION = ("ACCESS_DENIED", "Application context required", 400)


@method("profile")
def profile(call: Invocation) -> Json:
    person = call.portal.people[call.caller.user_id]
    return {
        "ID": str(person.id),
        "ADMIN": person.admin,
        "NAME": person.first_name,
        "LAST_NAME": person.last_name,
        "PERSONAL_GENDER": person.gender,
        "TIME_ZONE": person.time_zone,
    }


@method("scope", string("full"), ignore_case=True)
def scope(call: Invocation) -> list[str]:
    return sorted(call.caller.scopes)


@method("method.get", string("name", missing="ERROR_ARGUMENT"))
def method_get(call: Invocation) -> Json:
    name = call.params["name"]
    if name != name.lower():
        call.warn("method.get knows methods by their name in lower case only")
        return {"isExisting": False, "isAvailable": False}
    existing = name == "batch" or name in call.registry
    available = existing and (name == "batch" or call.registry.find(name).scope in {"", *call.caller.scopes})
    return {"isExisting": existing, "isAvailable": available}


@method("server.time")
def server_time(call: Invocation) -> str:
    return portal_date(call.portal.clock.now())


@method("feature.get", string("CODE", missing="ERROR_ARGUMENT"), ignore_case=True)
def feature(call: Invocation) -> Json:
    return {"value": "N"}


def application_only() -> list[Method]:
    """Return the methods that refuse every incoming webhook, whatever its rights."""
    names = ("bind", "unbind", "get", "test", "offline.get", "offline.clear", "offline.error", "offline.list")
    refused = [(f"event.{name}", _WRONG_AUTH) for name in names]
    refused += [
        ("events", _WRONG_AUTH),
        ("placement.bind", _WRONG_AUTH),
        ("app.option.get", _NO_APPLICATION),
        ("app.info", _NO_APPLICATION),
    ]
    return [
        Method(name=name, scope="", parameters=(), ignore_case=True, handler=_never, refusal=refusal)
        for name, refusal in refused
    ]


def _never(call: Invocation) -> Any:
    raise RestError(*_WRONG_AUTH[:2], status=_WRONG_AUTH[2])
