"""Methods everybody has: `profile`, `scope`, `method.get`, `server.time`, `feature.get`."""

from typing import Any

from hub.sandbox.clock import portal_date
from hub.sandbox.errors import RestError
from hub.sandbox.model import Json
from hub.sandbox.parameters import string
from hub.sandbox.registry import NO_APPLICATION, WRONG_AUTH, Invocation, Method, method


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


def not_emulated() -> list[Method]:
    """Return the methods for applications that the sandbox does not know; it still refuses webhooks as portals do."""
    refused = [(f"event.offline.{name}", WRONG_AUTH) for name in ("get", "clear", "error", "list")]
    refused += [("placement.bind", WRONG_AUTH), ("app.option.get", NO_APPLICATION)]
    return [
        Method(name=name, scope="", parameters=(), ignore_case=True, handler=_unknown, refusal=refusal)
        for name, refusal in refused
    ]


def _unknown(call: Invocation) -> Any:
    raise RestError("ERROR_METHOD_NOT_FOUND", "Method not found!", status=404)
