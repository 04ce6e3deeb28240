"""``hub jobs``: what plugins do on a schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hub.cli.base import Group
from hub.cli.output import json_option, moment, print_json, print_table, remark
from hub.cli.session import Session, pass_session

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.plugin import Job
    from hub.registry import Declared


@click.group(cls=Group)
def jobs() -> None:
    """See and run what plugins do on a schedule."""


@jobs.command("list")
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """List jobs with their next tick."""
    with session.hub() as hub:
        rows: list[dict[str, Any]] = [
            {
                "instance": each.instance.name,
                "name": each.item.name,
                "cron": each.item.cron,
                "missed": each.item.missed,
                "next": hub.schedule.next_tick(each.item, hub.clock.now()).isoformat(),
            }
            for each in hub.registry.jobs()
        ]
        zone = hub.settings.hub.timezone
    if as_json:
        print_json(rows)
    else:
        shown = [{**row, "next": moment(row["next"], zone)} for row in rows]
        print_table(shown, ("instance", "name", "cron", "missed", "next"))


@jobs.command()
@click.argument("name")
@json_option
@pass_session
def run(session: Session, name: str, as_json: bool) -> None:
    """Run the job NAME now, or PLUGIN:NAME where several have that name. The running hub does it."""
    with session.hub() as hub:
        job = _find(hub, name)
        id = hub.schedule.run_now(job.instance.name, job.item)
    if as_json:
        print_json({"id": id})
    else:
        click.echo(id)
        remark(f"the running hub runs it; 'hub trace {id}' tells")


def _find(hub: Hub, name: str) -> Declared[Job]:
    found = [
        each
        for each in hub.registry.jobs()
        if name in {each.item.name, f"{each.instance.name}:{each.item.name}"}
    ]
    if not found:
        raise click.ClickException(f"there is no job {name!r}; 'hub jobs list' shows all")
    if len(found) > 1:
        names = ", ".join(f"{each.instance.name}:{each.item.name}" for each in found)
        raise click.UsageError(f"several plugins have a job {name!r}; write one of {names}")
    return found[0]
