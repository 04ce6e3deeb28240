"""``hub routes``: the rules that say who gets what."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.base import Group
from hub.cli.output import json_option, print_json, print_table, remark
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
@click.option("--resolve", is_flag=True, help="Ask the portal which people and chats that are.")
@json_option
@pass_session
def explain(
    session: Session,
    instance: str,
    kind: str,
    severity: str,
    labels: tuple[str, ...],
    to: tuple[str, ...],
    resolve: bool,
    as_json: bool,
) -> None:
    """Say which rules a notification would match, and who would get it."""
    from hub.pipeline.route import decide, matches
    from hub.plugin import Notification, RetryLater, Severity
    from hub.settings import did_you_mean

    notification = Notification(
        key="explain", title="explain", kind=kind, severity=Severity(severity), labels=_labels(labels), to=to
    )
    settings = session.settings()
    resolution = None
    with session.hub() if resolve else session.scratch(settings) as hub:
        known = {each.name for each in hub.registry.instances()}
        if instance not in known:
            raise click.ClickException(f"there is no plugin {instance!r}; {did_you_mean(instance, known)}")
        rules = settings.routes
        decision = decide(rules, instance, notification)
        if resolve and not decision.dropped:
            try:
                resolution = hub.resolve.resolve(decision.addresses, notification)
            except RetryLater as exc:
                raise click.ClickException(f"the portal does not say who that is: {exc}") from exc
    last = max(decision.rules, default=0)
    stopped = last > 0 and not rules[last - 1].continue_
    rows = [
        {
            "route": number,
            "matches": matches(rule.match, instance, notification),
            "reached": not (stopped and number > last),
            "mode": rule.mode,
            "to": list(rule.to),
        }
        for number, rule in enumerate(rules, 1)
    ]
    told: dict[str, Any] = {
        "addresses": list(decision.addresses),
        "dropped": decision.dropped,
        "reason": decision.reason,
        "rules": list(decision.rules),
        "routes": rows,
    }
    if resolution is not None:
        told["recipients"] = [
            {"dialog": each.dialog, "reason": each.reason} for each in resolution.recipients
        ]
        for problem in resolution.problems:
            remark(problem)
    if as_json:
        print_json(told)
        return
    if rows:
        print_table(rows, ("route", "matches", "reached", "mode", "to"))
    nobody = "nobody" if decision.dropped else f"{settings.bot.fallback} (bot.fallback)"
    click.echo(f"{decision.reason}: {', '.join(decision.addresses) or nobody}")
    if resolution is not None:
        print_table(told["recipients"], ("dialog", "reason"))


def _labels(pairs: tuple[str, ...]) -> dict[str, str]:
    labels = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals):
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE", param_hint="--label")
        labels[name] = value
    return labels
