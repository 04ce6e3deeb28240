"""``hub trace``: the story of an event, for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import click

from hub.cli.base import Command
from hub.cli.output import json_option, moment, print_json, visible
from hub.cli.session import Session, pass_session
from hub.cli.titles import plain


@click.command(cls=Command)
@click.argument("id")
@json_option
@pass_session
def trace(session: Session, id: str, as_json: bool) -> None:
    """Tell what became of an event; ID may be the event (e...), a notification (n...) or a delivery (d...)."""
    with session.hub() as hub:
        found = hub.trace.of(id)
        zone = hub.settings.hub.timezone
    if found is None:
        raise click.ClickException(f"there is no event, notification or delivery {id!r}")
    if as_json:
        print_json(found)
    else:
        for line in _story(found, zone):
            click.echo(visible(line.replace("\n", " ")))


def _story(found: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    event = found["event"]
    if event is not None:
        yield from _event(event, zone)
    for notification in found["notifications"]:
        yield ""
        yield from _notification(notification, zone)


def _event(event: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    yield f"{event['id']}  {event['instance']}  {_COMES_FROM.get(event['kind'], event['kind'])}"
    yield f"  {moment(event['received_at'], zone)}  received as {event['key']}"
    if event["duplicates"]:
        yield f"  {' ' * 19}  came {event['duplicates']} more times, kept once"
    when = moment(event["finished_at"], zone) or "not yet".ljust(19)
    tries = f" at attempt {event['attempts']}" if event["attempts"] > 1 else ""
    yield f"  {when}  {event['state']}{tries}{_because(event['reason'])}"


def _notification(notification: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    title = plain(notification["title"])
    yield f"{notification['id']}  {notification['kind']}  {notification['severity']}  {title}"
    yield f"  fact    {notification['key']}"
    if notification["thread"]:
        yield f"  thread  {notification['thread']}"
    decision = notification["decision"]
    for edit in decision["edits"]:
        yield f"  edited  {_edit(edit)}"
    yield f"  routed  {decision['route']}{_to(decision['addresses'])}"
    for problem in decision["problems"]:
        yield f"  trouble {problem}"
    if notification["reason"]:
        yield f"  end     {notification['reason']}"
    for delivery in notification["deliveries"]:
        yield from _delivery(delivery, zone)


def _delivery(delivery: dict[str, Any], zone: ZoneInfo) -> Iterator[str]:
    why = f" ({delivery['recipient']})" if delivery["recipient"] else ""
    what = "" if delivery["op"] == "card" else f" {delivery['op']}"
    yield f"  {delivery['id']} {what}to {delivery['dialog']}{why}"
    for attempt in delivery["tries"]:
        yield f"    {moment(attempt['at'], zone)}  {attempt['outcome']}{_because(attempt['detail'])}"
    if delivery["finished_at"]:
        message = f" as message {delivery['message_id']}" if delivery["message_id"] else ""
        yield f"    {moment(delivery['finished_at'], zone)}  {delivery['state']}{message}{_because(delivery['reason'])}"
    else:
        due = moment(delivery["due_at"], zone)
        yield f"    {'now':<19}  {delivery['state']}, due {due}{_because(delivery['reason'])}"


_COMES_FROM = {"http": "a request", "job": "a scheduled job", "timer": "a timer"}


def _because(reason: str) -> str:
    return f": {reason}" if reason else ""


def _to(addresses: list[str]) -> str:
    return f": {', '.join(addresses)}" if addresses else ""


def _edit(edit: Any) -> str:
    return " ".join(str(part) for part in edit if part) if isinstance(edit, (list, tuple)) else str(edit)
