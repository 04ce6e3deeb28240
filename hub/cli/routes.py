"""``hub routes``: the rules that say who gets what."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.base import Group
from hub.cli.output import json_option, print_json, print_table
from hub.cli.session import Session, pass_session

_SEVERITIES = ("info", "warning", "error", "critical")


@click.group(cls=Group)
def routes() -> None:
    """See where notifications go."""


@routes.command()
@click.option("--instance", required=True, metavar="PLUGIN", help="Plugin the notification is from.")
@click.option("--kind", default="message", show_default=True, help="Its kind, e.g. crm.lead.new.")
@click.option("--severity", type=click.Choice(_SEVERITIES), default="info", show_default=True)
@click.option("--label", "labels", multiple=True, metavar="KEY=VALUE", help="A label; repeatable.")
@click.option("--to", multiple=True, metavar="ADDRESS", help="Its own recipients; repeatable.")
@json_option
@pass_session
def explain(
    session: Session,
    instance: str,
    kind: str,
    severity: str,
    labels: tuple[str, ...],
    to: tuple[str, ...],
    as_json: bool,
) -> None:
    """Say which rules a notification would match, and who would get it."""
    from hub.pipeline.route import decide, matches
    from hub.plugin import Notification, Severity

    notification = Notification(
        key="explain", title="explain", kind=kind, severity=Severity(severity), labels=_labels(labels), to=to
    )
    rules = session.settings().routes
    decision = decide(rules, instance, notification)
    last = max(decision.rules, default=0)
    stopped = last > 0 and not rules[last - 1].continue_
    rows: list[dict[str, Any]] = [
        {
            "route": number,
            "matches": matches(rule.match, instance, notification),
            "reached": not (stopped and number > last),
            "mode": rule.mode,
            "to": list(rule.to),
        }
        for number, rule in enumerate(rules, 1)
    ]
    if as_json:
        print_json(
            {
                "addresses": list(decision.addresses),
                "dropped": decision.dropped,
                "reason": decision.reason,
                "rules": list(decision.rules),
                "routes": rows,
            }
        )
        return
    print_table(rows, ("route", "matches", "reached", "mode", "to"))
    click.echo(
        f"{decision.reason}: {', '.join(decision.addresses) or ('nobody' if decision.dropped else 'bot.fallback')}"
    )


def _labels(pairs: tuple[str, ...]) -> dict[str, str]:
    labels = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals):
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE", param_hint="--label")
        labels[name] = value
    return labels
