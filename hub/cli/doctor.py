"""``hub doctor``: is everything as it has to be, and what is to be done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from hub.cli.base import Command
from hub.cli.output import json_option, print_json, remark, visible
from hub.cli.session import Session, pass_session

if TYPE_CHECKING:
    from hub.pipeline.doctor.finding import Finding


@click.command(cls=Command)
@click.option(
    "--live", is_flag=True, help="Also send a test message to bot.fallback, and look into the chats."
)
@json_option
@pass_session
def doctor(session: Session, live: bool, as_json: bool) -> None:
    """Look at everything the hub needs and say what to do; exits with 1 when something does not work.

    Works beside the running hub and without it, and sends nothing to anybody unless --live.
    """
    found: list[Finding] = []
    for finding in _findings(session, live):
        found.append(finding)
        if not as_json:
            advice = f"; {finding.advice}" if finding.advice else ""
            line = f"{finding.status:<4}  {finding.check}: {finding.message}{advice}"
            click.echo(visible(line.replace("\n", " ")))
    if as_json:
        print_json([asdict(finding) for finding in found])
    if any(finding.status == "fail" for finding in found):
        raise click.exceptions.Exit(1)


def _findings(session: Session, live: bool) -> Iterator[Finding]:
    from hub.pipeline.doctor.settings import wrong_settings
    from hub.plugin import ConfigurationError

    try:
        settings = session.settings()
    except ConfigurationError as exc:
        yield from wrong_settings(exc.problems)
        return
    if live:
        remark(f"a test message goes to {settings.bot.fallback}, sent twice and to be seen once")
    with session.hub() as hub:
        yield from hub.checkup(live=live)
