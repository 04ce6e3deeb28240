"""``hub oncall``: who is on call."""

from __future__ import annotations

from datetime import datetime

import click

from hub.cli.base import Group
from hub.cli.output import json_option, moment, print_json, print_table, remark
from hub.cli.session import Session, pass_session

#: Turns end later than the moment they are asked for, and zones are not what they were.
_YEARS = (1970, 9000)


@click.group(cls=Group)
def oncall() -> None:
    """See who is on call."""


@oncall.command()
@click.argument("name", required=False)
@click.option("--at", metavar="TIME", help="When, e.g. 2026-01-31T12:00, in the hub's zone; else now.")
@json_option
@pass_session
def show(session: Session, name: str | None, at: str | None, as_json: bool) -> None:
    """Show who is on call by the schedule NAME, or by all; exits with 1 when it is nobody."""
    with session.hub() as hub:
        zone = hub.settings.hub.timezone
        when = hub.clock.now() if at is None else _read(at)
        when = when if when.tzinfo else when.replace(tzinfo=zone)
        found = [hub.rosters.on_duty(name, when)] if name else hub.rosters.all_on_duty(when)
    rows: list[dict[str, object]] = [
        {
            "schedule": each.schedule,
            "user": each.user or None,
            "until": _iso(each.until),
            "stand_ins": list(each.stand_ins),
        }
        for each in found
    ]
    for each in found:
        if each.remark:
            remark(f"{each.schedule}: {each.remark}")
    if as_json:
        print_json(rows)
    else:
        shown = [
            {**row, "user": each.user or "nobody", "until": moment(_iso(each.until), zone)}
            for row, each in zip(rows, found, strict=True)
        ]
        print_table(shown, ("schedule", "user", "until", "stand_ins"))
    if name and not found[0].user:
        raise click.exceptions.Exit(1)


def _read(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter("write for example 2026-01-31T12:00", param_hint="--at") from None
    if not _YEARS[0] <= found.year <= _YEARS[1]:
        raise click.BadParameter("the year must be from {} to {}".format(*_YEARS), param_hint="--at")
    return found


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
