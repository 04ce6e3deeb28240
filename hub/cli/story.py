"""The story of an event in plain words, from what the ledger's trace returned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from hub.cli.output import moment
from hub.cli.titles import plain

_NO_MOMENT = " " * 19
_COMES_FROM = {"job": "a scheduled job", "timer": "a timer", "command": "a command"}
_MOST_OBJECTS = 5


def story(found: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    """Return lines: what became of it in short, then the event, then each notification."""
    event, notifications, actions = found["event"], found["notifications"], found["actions"]
    asked = [_action(each) for each in actions if event is not None and each["event"] == event["id"]]
    yield f"in short: {'; '.join([*asked, _in_short(event, notifications)])}"
    yield ""
    if event is not None:
        yield from _event(event, zone)
    for notification in notifications:
        yield ""
        yield from _notification(notification, zone)
    if actions:
        yield ""
    for action in actions:
        yield f"{action['id']}  {moment(action['at'], zone)}  {_action(action)}"


def _action(action: dict[str, Any]) -> str:
    who, what = f"user {action['who']}", action["what"]
    if action["typed"]:
        return f"{who} typed something ({what}): {action['state']}{_because(action['reason'])}"
    label = plain(action["label"]) if action["label"] else "a button"
    return f"{who} clicked {label} ({what}): {action['state']}{_because(action['reason'])}"


def _in_short(event: dict[str, Any] | None, notifications: Sequence[dict[str, Any]]) -> str:
    # a card of the hub's own is about many events; where it stands for this one, the reason names it
    own = [each for each in notifications if not each["key"].startswith("folding:")] or notifications
    deliveries = [each for notification in own for each in notification["deliveries"]]
    cards = [each for each in deliveries if each["op"] != "shrink"]
    parts = []
    for state in dict.fromkeys(each["state"] for each in cards):
        dialogs = dict.fromkeys(_place(each) for each in cards if each["state"] == state)
        parts.append(f"{_IN_SHORT.get(state, state)} {', '.join(dialogs)}")
        if state == "suppressed":
            parts += dict.fromkeys(each["reason"] for each in cards if each["state"] == state)
    waits = dict.fromkeys(_why(each["waits"]) for each in cards if each["waits"])
    ends = dict.fromkeys(each["reason"] for each in notifications if each["reason"])
    if parts:
        return "; ".join([*parts, *waits])
    if ends:
        return f"nobody was told: {'; '.join(ends)}"
    if event is None:
        return "nothing more is known"
    if event["waits"]:
        return f"waits: {_why(event['waits'])}"
    return f"{event['state']}{_because(event['reason'])}"


def _place(delivery: dict[str, Any]) -> str:
    dialog = str(delivery["dialog"])
    place = f"user {dialog}" if dialog.isdecimal() else dialog
    return f"{place} (bell)" if delivery["op"] == "notice" else place


_IN_SHORT = {
    "sent": "shown to",
    "pending": "not yet sent to",
    "sending": "is being sent to",
    "failed": "failed for",
    "dead": "given up for",
    "superseded": "superseded for",
    "suppressed": "not shown to",
}


def _event(event: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    yield f"{event['id']}  {event['instance']}  {_origin(event)}"
    yield f"  {moment(event['received_at'], zone)}  received as {event['key']}"
    if event["duplicates"]:
        yield f"  {_NO_MOMENT}  came {event['duplicates']} more times, kept once"
    tries = f" at attempt {event['attempts']}" if event["attempts"] > 1 else ""
    if event["waits"]:
        yield f"  {'now':<19}  waits: {_wait(event['waits'], zone)}"
    else:
        when = moment(event["finished_at"], zone) or _NO_MOMENT
        yield f"  {when}  {event['state']}{tries}{_because(event['reason'])}"


def _origin(event: dict[str, Any]) -> str:
    if event["kind"] in _COMES_FROM:
        return _COMES_FROM[event["kind"]]
    if event["kind"] == "portal-event":
        return _told_by_the_portal(event)
    if event["kind"] == "portal-objects":
        return _about_objects(event)
    if event["kind"] != "http":
        return str(event["kind"])
    verified = f", verified by {event['verified']}" if event["verified"] else ""
    return f"a request{_from(event)}{verified}"


def _told_by_the_portal(event: dict[str, Any]) -> str:
    if event["via"] == "fetch":
        return "an event fetched from the portal"
    return f"an event posted by the portal{_from(event)}"


def _about_objects(event: dict[str, Any]) -> str:
    objects = event["objects"]
    more = f" and {len(objects) - _MOST_OBJECTS} more" if len(objects) > _MOST_OBJECTS else ""
    how = f"named by {event['because_of']}" if event["because_of"] else "found by a catch-up"
    return f"{', '.join(objects[:_MOST_OBJECTS])}{more}, {how}"


def _from(event: dict[str, Any]) -> str:
    return f" from {event['client']}" if event["client"] else ""


def _notification(notification: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    title = plain(notification["title"])
    yield f"{notification['id']}  {notification['kind']}  {notification['severity']}  {title}"
    yield f"  fact    {notification['key']}"
    if notification["thread"]:
        yield f"  thread  {notification['thread']}"
    decision = notification["decision"]
    for edit in decision["edits"]:
        yield f"  edited  {edit}"
    if notification["mode"] == "update":
        yield "  routed  an update goes where the cards of its thread are"
    else:
        yield f"  routed  {decision['route']}{_to(decision['addresses'])}"
        if not decision["rules"]:
            yield f"          'hub routes explain {notification['id']}' says what each route asks for"
    for problem in decision["problems"]:
        yield f"  trouble {problem}"
    if notification["waits"]:
        yield f"  waits   {_wait(notification['waits'], zone)}"
    elif notification["reason"]:
        yield f"  end     {notification['reason']}"
    for delivery in notification["deliveries"]:
        yield from _delivery(delivery, zone)


_WHAT = {"card": "card", "notice": "bell", "shrink": "folding of an old card,"}


def _delivery(delivery: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    why = f" ({delivery['recipient']})" if delivery["recipient"] else ""
    what = _WHAT.get(delivery["op"], delivery["op"])
    yield f"  {delivery['id']}  {what} to {delivery['dialog']}{why}, lane {delivery['lane']}"
    for attempt in delivery["tries"]:
        yield f"    {moment(attempt['at'], zone)}  {attempt['outcome']}{_because(attempt['detail'])}"
    if delivery["in_doubt_since"]:
        since = moment(delivery["in_doubt_since"], zone)
        yield f"    {since}  in doubt since then: an answer was lost, so it is sent again under the same key"
    if delivery["waits"]:
        yield f"    {'now':<19}  {delivery['state']}: {_wait(delivery['waits'], zone)}"
    else:
        when = moment(delivery["finished_at"], zone) or _NO_MOMENT
        yield f"    {when}  {delivery['state']}{_message(delivery)}{_because(delivery['reason'])}"
    if successor := delivery["superseded_by"]:
        yield f"    {_NO_MOMENT}  {successor['id']} is {successor['state']}{_message(successor)}"


def _message(delivery: dict[str, Any]) -> str:
    if not delivery["message_id"]:
        return ""
    return f" {'as an edit of' if delivery.get('edits') else 'as'} message {delivery['message_id']}"


def _why(wait: dict[str, Any]) -> str:
    behind = f", behind {wait['behind']}" if wait["behind"] else ""
    return f"{wait['why']}{behind}"


def _wait(wait: dict[str, Any], zone: ZoneInfo) -> str:
    since = f" (since {moment(wait['since'], zone)})" if wait["since"] else ""
    until = f"; until {moment(wait['until'], zone)}" if wait["until"] else ""
    return f"{_why(wait)}{since}{until}"


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _to(addresses: Sequence[str]) -> str:
    return f": {', '.join(addresses)}" if addresses else ""
