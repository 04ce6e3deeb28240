"""``hub events``: the inbox."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from hub.cli.base import Group
from hub.cli.output import json_option, moment, print_fields, print_json, print_table, remark, visible
from hub.cli.session import Session, pass_session

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.storage.tables import Inbox

_STATES = ("new", "processed", "ignored", "rejected", "failed")
_RECENT = timedelta(days=1)
_KEYS = ("id", "instance", "state", "key", "received_at", "duplicates", "reason")


@click.group(cls=Group)
def events() -> None:
    """See what was accepted, and run it again."""


@events.command("list")
@click.option("--state", type=click.Choice(_STATES), help="Only those in this state.")
@click.option("--instance", metavar="PLUGIN", help="Only those of one plugin.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most so many.")
@json_option
@pass_session
def list_(session: Session, state: str | None, instance: str | None, limit: int, as_json: bool) -> None:
    """List events, the newest first."""
    from hub.pipeline.trace import event_summary

    with session.hub() as hub:
        found = hub.history.events(state=state, instance=instance, limit=limit)
        zone = hub.settings.hub.timezone
        _remark_on_plugins(hub, instance)
    rows: list[dict[str, Any]] = [{key: event_summary(row)[key] for key in _KEYS} for row in found]
    if as_json:
        print_json(rows)
    else:
        shown = [{**row, "received_at": moment(row["received_at"], zone)} for row in rows]
        print_table(shown, ("id", "instance", "state", "received_at", "duplicates", "reason"))


@events.command()
@click.argument("id")
@click.option("--body", is_flag=True, help="Print the body too; it may hold personal data.")
@json_option
@pass_session
def show(session: Session, id: str, body: bool, as_json: bool) -> None:
    """Show one event and the request it came with."""
    from hub.pipeline.trace import event_summary, named_objects
    from hub.storage.states import InboxKind

    with session.hub() as hub:
        row = hub.inbox.get(id)
        if row is None:
            raise click.ClickException(f"there is no event {id!r}")
        request = {key: value for key, value in row.request.items() if body or key != "data"}
        if not body and "objects" in request:
            request["objects"] = ", ".join(named_objects(row))
        details: dict[str, Any] = {**event_summary(row), "request": request}
        if body and row.kind in (InboxKind.HTTP, InboxKind.PORTAL_EVENT):
            details["body"] = _body(hub, row)
        zone = hub.settings.hub.timezone
    if as_json:
        print_json(details)
        return
    text = details.pop("body", None)
    del details["request"]
    times = {key: moment(details[key], zone) for key in ("received_at", "finished_at")}
    print_fields({**details, **times})
    click.echo(f"\n{details['kind']}")
    print_fields({f"  {key}": _shown(value) for key, value in request.items()})
    if text is not None:
        click.echo()
        click.echo(visible(text))


@events.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@json_option
@pass_session
def replay(session: Session, ids: tuple[str, ...], as_json: bool) -> None:
    """Run events again, for example after a plugin was mended.

    It begins where the plugin decides what to keep, without checking who sent it. What was told is not told
    twice. The running hub does the work.
    """
    with session.hub() as hub:
        results = [hub.replay.replay(id) for id in ids]
    if as_json:
        print_json(
            [
                {"id": each.id, "ok": each.ok, "message": each.message, "events": list(each.events)}
                for each in results
            ]
        )
    else:
        for each in results:
            click.echo(f"{each.id}  {each.message}")
    if not all(each.ok for each in results):
        raise click.exceptions.Exit(1)


def _remark_on_plugins(hub: Hub, instance: str | None) -> None:
    """Say what no list of events shows: requests that were refused, and events that wait for a plugin."""
    zone = hub.settings.hub.timezone
    for counter in hub.plugin_stats.refusals("verify", hub.clock.now() - _RECENT, instance):
        last = moment(counter.last_refused_at.isoformat() if counter.last_refused_at else None, zone)
        remark(
            f"{counter.instance} has refused {counter.refusals} requests, of which nothing is kept;"
            f" the last at {last}: {counter.last_refusal}"
        )
    for name, status in sorted(hub.plugin_statuses.all().items()):
        if status.status == "failing" and instance in (None, name):
            since = moment(status.since.isoformat(), zone)
            remark(f"{name} is failing since {since} and its events wait: {status.reason}")


def _body(hub: Hub, row: Inbox) -> str | None:
    from hub.plugin import PermanentFailure

    try:
        return hub.origins.body(row).decode(errors="replace")
    except PermanentFailure as exc:
        remark(str(exc))
        return None


def _shown(value: object) -> object:
    """Return a stored value; headers and parameters one to a line."""
    if isinstance(value, dict):
        value = list(value.items())
    if isinstance(value, list) and all(isinstance(each, (list, tuple)) for each in value):
        return "\n".join(": ".join(map(str, each)) for each in value)
    return value
