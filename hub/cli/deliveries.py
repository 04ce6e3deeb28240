"""``hub deliveries``: the outbox."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.base import Group
from hub.cli.output import (
    cut,
    json_option,
    moment,
    print_fields,
    print_json,
    print_table,
    remark,
    terminal_width,
)
from hub.cli.session import Session, pass_session
from hub.cli.titles import titles

_STATES = ("pending", "sending", "sent", "failed", "dead", "superseded", "suppressed")


@click.group(cls=Group)
def deliveries() -> None:
    """See what goes to whom, and send it again."""


@deliveries.command("list")
@click.option("--state", type=click.Choice(_STATES), help="Only those in this state.")
@click.option("--instance", metavar="PLUGIN", help="Only those of one plugin.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="At most so many.")
@json_option
@pass_session
def list_(session: Session, state: str | None, instance: str | None, limit: int, as_json: bool) -> None:
    """List deliveries, the newest first."""
    from hub.pipeline.trace import delivery_summary

    with session.hub() as hub:
        rows = [
            delivery_summary(row)
            for row in hub.history.deliveries(state=state, instance=instance, limit=limit)
        ]
        named = titles(hub.database, (row["notification"] for row in rows))
        zone = hub.settings.hub.timezone
        portal = hub.portal_watch.read()
    if portal.state != "connected":
        remark(
            f"the portal is {portal.state} since {moment(portal.since, zone)}: {portal.error};"
            f" next try {moment(portal.next_try, zone)}; {portal.advice}"
        )
    if as_json:
        print_json(rows)
    else:
        width = terminal_width()
        shown = [
            {
                **row,
                "title": cut(named.get(row["notification"], ""), width),
                "due_at": moment(row["due_at"], zone),
            }
            for row in rows
        ]
        print_table(
            shown, ("id", "dialog", "title", "state", "lane", "attempts", "message_id", "due_at", "reason")
        )


@deliveries.command()
@click.argument("id")
@json_option
@pass_session
def show(session: Session, id: str, as_json: bool) -> None:
    """Show one delivery with every attempt that did not end well."""
    from hub.pipeline.trace import delivery_details

    with session.hub() as hub:
        row = hub.outbox.get(id)
        if row is None:
            raise click.ClickException(f"there is no delivery {id!r}")
        details: dict[str, Any] = delivery_details(row, hub.outbox.attempts(id))
        zone = hub.settings.hub.timezone
    if as_json:
        print_json(details)
        return
    tries = [{**each, "at": moment(each["at"], zone)} for each in details.pop("tries")]
    print_fields({**details, **{key: moment(details[key], zone) for key in ("due_at", "finished_at")}})
    if tries:
        click.echo()
        print_table(tries, ("at", "outcome", "detail"))


@deliveries.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID...")
@json_option
@pass_session
def retry(session: Session, ids: tuple[str, ...], as_json: bool) -> None:
    """Send failed, dead or waiting deliveries now. The running hub does the work."""
    with session.hub() as hub:
        results = [{"id": id, "ok": hub.outbox.revive(id)} for id in ids]
    if as_json:
        print_json(results)
    else:
        for each in results:
            said = "is sent again" if each["ok"] else "is not there, or has nothing left to send"
            click.echo(f"{each['id']}  {said}")
    if not all(each["ok"] for each in results):
        raise click.exceptions.Exit(1)
