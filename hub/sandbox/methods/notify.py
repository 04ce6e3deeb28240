"""`im.notify*`: the bell."""

from typing import Any

from hub.sandbox.attach import read_attach
from hub.sandbox.keyboard import clears
from hub.sandbox.model import Notification, Person
from hub.sandbox.parameters import anything, integer, string
from hub.sandbox.registry import Invocation, method

_PARAMETERS = (
    integer("USER_ID", missing="USER_ID_EMPTY"),
    string("MESSAGE", missing="MESSAGE_EMPTY"),
    string("MESSAGE_OUT"),
    string("TAG"),
    string("SUB_TAG"),
    anything("ATTACH"),
    string("CLIENT_ID"),
)


@method("im.notify.system.add", *_PARAMETERS, scope="im", ignore_case=True)
def add_system(call: Invocation) -> int | bool:
    return _add(call, author=0)


@method("im.notify.personal.add", *_PARAMETERS, scope="im", ignore_case=True)
def add_personal(call: Invocation) -> int | bool:
    return _add(call, author=call.caller.user_id)


@method("im.notify", *_PARAMETERS, string("TYPE"), scope="im", ignore_case=True)
def add(call: Invocation) -> int | bool:
    return _add(call, author=0 if call.get("TYPE") == "SYSTEM" else call.caller.user_id)


@method(
    "im.notify.delete",
    integer("ID"),
    string("TAG"),
    string("SUB_TAG"),
    string("CLIENT_ID"),
    scope="im",
    ignore_case=True,
)
def delete(call: Invocation) -> bool:
    tag, sub_tag = (_stored(call, call.get(name)) for name in ("TAG", "SUB_TAG"))
    found = [
        shown
        for shown in call.portal.notifications
        if shown.id == call.get("ID") or (tag and shown.tag == tag) or (sub_tag and shown.sub_tag == sub_tag)
    ]
    for shown in found:
        _remove(call, shown)
    return bool(found)


def _add(call: Invocation, *, author: int) -> int | bool:
    portal = call.portal
    user = portal.user(call.params["USER_ID"])
    if not isinstance(user, Person) or not user.active:
        return False
    raw: Any = call.params.get("ATTACH")
    attach = None if clears(raw) else read_attach(raw, warn=call.warn)
    tag = _stored(call, call.get("TAG"))
    for shown in portal.notifications:
        if tag and shown.tag == tag:
            _remove(call, shown)
    notification = portal.notifications.put(
        Notification(
            id=portal.notifications.next_id(),
            user_id=user.id,
            author_id=author,
            text=call.params["MESSAGE"].strip(),
            attach=attach,
            tag=tag,
            sub_tag=_stored(call, call.get("SUB_TAG")),
            at=portal.clock.now(),
        )
    )
    portal.feed.publish("notification", frozenset({user.id}), object_id=notification.id)
    return notification.id


def _stored(call: Invocation, tag: str | None) -> str:
    """Return the tag as stored; a webhook without CLIENT_ID has no tags, an application needs none."""
    if not tag:
        return ""
    owner = call.caller.application or call.get("CLIENT_ID")
    if not owner:
        call.warn("TAG and SUB_TAG have no effect on a webhook without CLIENT_ID")
        return ""
    return f"MP|{owner}|{tag}"


def _remove(call: Invocation, notification: Notification) -> None:
    call.portal.notifications.remove(notification.id)
    users = frozenset({notification.user_id})
    call.portal.feed.publish("notification", users, object_id=notification.id)
