"""What only an application may call: `app.info`, and events: `event.bind`, `.unbind`, `.get`, `.test`, `events`."""

from hub.sandbox.app_model import Binding
from hub.sandbox.errors import RestError, access_denied
from hub.sandbox.model import Json
from hub.sandbox.parameters import anything, boolean, integer, mapping, string
from hub.sandbox.portal_events import EVENTS, raise_event
from hub.sandbox.registry import NO_APPLICATION, WRONG_AUTH, Invocation, method

_EVENT = string("event", missing="ERROR_ARGUMENT")
_HANDLER = string("handler", missing="ERROR_ARGUMENT")
_WHAT = (_EVENT, _HANDLER, integer("auth_type"), string("event_type"))


@method("app.info", ignore_case=True, refusal=NO_APPLICATION)
def info(call: Invocation) -> Json:
    application = call.portal.application
    return {
        "ID": 5,
        "CODE": call.caller.application,
        "VERSION": application.version if application else 1,
        "STATUS": "L",
        "INSTALLED": application is not None and application.finished,
        "PAYMENT_EXPIRED": "N",
        "DAYS": None,
        "LANGUAGE_ID": "en",
        "LICENSE": "ru_pro100",
        "LICENSE_TYPE": "pro100",
        "LICENSE_FAMILY": "pro",
    }


@method(
    "event.bind",
    *_WHAT,
    string("auth_connector"),
    mapping("options"),
    ignore_case=True,
    refusal=WRONG_AUTH,
)
def bind(call: Invocation) -> bool:
    name, user_id = call.params["event"].upper(), call.get("auth_type", 0)
    if name not in _known(call):
        raise RestError("ERROR_EVENT_NOT_FOUND", "Event not found")
    if not _is_admin(call):
        if user_id not in (0, call.caller.user_id) or call.get("event_type") == "offline":
            raise access_denied()
        user_id = call.caller.user_id
    if call.get("event_type") == "offline":
        raise RestError("ERROR_CORE", "Offline events are not emulated")
    handler = call.params["handler"]
    if not handler.startswith(("http://", "https://")):
        return False
    bindings = call.portal.bindings
    if any((known.event, known.handler, known.auth_type) == (name, handler, user_id) for known in bindings):
        raise RestError("ERROR_CORE", "Unable to set event handler: Handler already binded")
    bindings.put(Binding(id=bindings.next_id(), event=name, handler=handler, auth_type=user_id))
    return True


@method("event.unbind", *_WHAT, ignore_case=True, refusal=WRONG_AUTH)
def unbind(call: Invocation) -> Json:
    wanted = (call.params["event"].upper(), call.params["handler"])
    found = [
        binding
        for binding in call.portal.bindings
        if (binding.event, binding.handler) == wanted
        and call.get("auth_type") in (None, binding.auth_type)
        and (_is_admin(call) or binding.auth_type == call.caller.user_id)
    ]
    for binding in found:
        call.portal.bindings.remove(binding.id)
    return {"count": len(found)}


@method("event.get", ignore_case=True, refusal=WRONG_AUTH)
def get(call: Invocation) -> list[Json]:
    return [
        {
            "event": binding.event,
            "handler": binding.handler,
            "auth_type": str(binding.auth_type),
            "offline": 0,
        }
        for binding in call.portal.bindings
        if _is_admin(call) or binding.auth_type == call.caller.user_id
    ]


@method("event.test", anything("any"), ignore_case=True, refusal=WRONG_AUTH)
def test(call: Invocation) -> int:
    data = {"QUERY": {"any": call.get("any", "")}}
    raise_event(call.portal, "ONAPPTEST", data, by=call.caller.user_id)
    return 1


@method("events", string("SCOPE"), boolean("FULL"), ignore_case=True, refusal=WRONG_AUTH)
def events(call: Invocation) -> list[str]:
    scope = call.get("SCOPE")
    names = EVENTS if call.get("FULL") else _known(call)
    return [name for name in names if scope in (None, EVENTS[name])]


def _known(call: Invocation) -> list[str]:
    return [name for name, scope in EVENTS.items() if scope in {"", *call.caller.scopes}]


def _is_admin(call: Invocation) -> bool:
    return call.portal.people[call.caller.user_id].admin
