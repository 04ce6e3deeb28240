"""``hub subscribe``: set things up on the other side, at the portal and wherever plugins look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hub.cli.base import Command
from hub.cli.output import json_option, print_json, print_table, remark
from hub.cli.session import Session, pass_session

if TYPE_CHECKING:
    from hub.app import Hub

_BY_HAND = """\
The hub uses an incoming webhook, which cannot subscribe to events. Plugins ask the portal for news themselves, so
nothing has to be done. To hear sooner, let an administrator make an outgoing webhook in the portal:
  Developer resources, Other, Outgoing webhook
  address  {handler}
  events   {events}
  then add its token to bitrix24.application_tokens and restart the hub"""
_NO_ADDRESS = "set hub.public_url to an address that the portal reaches; until then plugins ask it for news"
#: What the portal does not offer for outgoing webhooks.
_APPLICATIONS_ONLY = ("ONCRMDEALMOVETOCATEGORY",)


@click.command(cls=Command)
@click.argument("name", required=False)
@json_option
@pass_session
def subscribe(session: Session, name: str | None, as_json: bool) -> None:
    """Subscribe to the portal's events, and let plugins (or NAME) set up what they need elsewhere.

    May be run any number of times. Exits with 1 when something could not be set up.
    """
    with session.hub() as hub:
        portal = _portal(hub)
        plugins = [_plugin(hub, each) for each in _names(hub, name)]
    if as_json:
        print_json({"portal": portal, "plugins": plugins})
    else:
        _show(portal, plugins)
    if portal["error"] or portal["refused"] or any(each["error"] for each in plugins):
        raise click.exceptions.Exit(1)


def _portal(hub: Hub) -> dict[str, Any]:
    """Bind the events of all plugins where that is possible; ``way`` says how they come."""
    from hub.bitrix24.errors import PortalError
    from hub.pipeline.proof import EVENTS_PATH

    subscriptions = hub.subscriptions
    told: dict[str, Any] = {
        "way": "application" if hub.is_application else "webhook",
        "handler": subscriptions.handler or f"https://…{EVENTS_PATH}",
        "events": list(subscriptions.wanted()),
        "bound": [],
        "unbound": [],
        "kept": [],
        "refused": {},
        "error": None,
    }
    if not hub.is_application:
        return told
    if (trouble := hub.vault.trouble()) is not None:
        return told | {"error": f"{trouble}; {hub.portal_watch.read().advice}"}
    if not subscriptions.handler:
        return told | {"error": _NO_ADDRESS}
    try:
        changes = subscriptions.ensure()
    except PortalError as exc:
        return told | {"error": str(exc)}
    return told | {
        "bound": list(changes.bound),
        "unbound": list(changes.unbound),
        "kept": list(changes.kept),
        "refused": dict(changes.refused),
    }


def _names(hub: Hub, name: str | None) -> list[str]:
    if name is not None:
        return [name]
    return [each.name for each in hub.registry.instances() if each.status.serves]


def _plugin(hub: Hub, name: str) -> dict[str, Any]:
    from hub.plugin import PluginError
    from hub.registry import CallFailed, NotServed

    try:
        return {"name": name, "subscribed": hub.registry.subscribe(name), "error": None}
    except (PluginError, CallFailed, NotServed) as exc:
        return {"name": name, "subscribed": False, "error": str(exc)}


def _show(portal: dict[str, Any], plugins: list[dict[str, Any]]) -> None:
    rows = [
        {"event": event, "portal": done} for done in ("bound", "kept", "unbound") for event in portal[done]
    ]
    rows += [{"event": event, "portal": reason} for event, reason in portal["refused"].items()]
    if rows:
        print_table(rows, columns=("event", "portal"))
    if portal["error"]:
        remark(f"not subscribed to the portal: {portal['error']}")
    elif portal["way"] == "webhook" and portal["events"]:
        ticked = [event for event in portal["events"] if event not in _APPLICATIONS_ONLY]
        remark(_BY_HAND.format(handler=portal["handler"], events=", ".join(ticked)))
    for each in plugins:
        if each["error"]:
            remark(f"{each['name']}: {each['error']}")
        elif each["subscribed"]:
            remark(f"{each['name']}: set up")
