"""``hub routes``: the rules that say who gets what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hub.cli.base import Group
from hub.cli.output import json_option, print_json, print_table, remark
from hub.cli.session import Session, pass_session

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.plugin import Notification

_SEVERITIES = ("info", "warning", "error", "critical")


@click.group(cls=Group)
def routes() -> None:
    """See where notifications go."""


@routes.command()
@click.argument("id", required=False)
@click.option("--instance", metavar="PLUGIN", help="Plugin the notification is from.")
@click.option("--kind", default="message", show_default=True, help="Its kind, e.g. crm.lead.new.")
@click.option("--severity", type=click.Choice(_SEVERITIES), default="info", show_default=True)
@click.option("--label", "labels", multiple=True, metavar="KEY=VALUE", help="A label; repeatable.")
@click.option("--to", multiple=True, metavar="ADDRESS", help="Its own recipients; repeatable.")
@click.option("--resolve", is_flag=True, help="Ask the portal which people and chats that are.")
@json_option
@pass_session
def explain(
    session: Session,
    id: str | None,
    instance: str | None,
    kind: str,
    severity: str,
    labels: tuple[str, ...],
    to: tuple[str, ...],
    resolve: bool,
    as_json: bool,
) -> None:
    """Say which rules a notification would match, what the others ask for, and who would get it.

    ID is a notification (n...) of the ledger, looked at with the rules of today; else describe one.
    """
    from hub.pipeline.route import decide, misses
    from hub.plugin import Notification, RetryLater, Severity

    given = _labels(labels)
    settings = session.settings()
    resolution = None
    with session.hub() if resolve or id else session.scratch(settings) as hub:
        if id is not None:
            instance, notification = _kept(hub, id)
        elif instance is not None:
            _check_instance(hub, instance)
            notification = Notification(
                key="explain", title="explain", kind=kind, severity=Severity(severity), labels=given, to=to
            )
        else:
            raise click.UsageError("name a notification (n...), or describe one with --instance")
        rules = settings.routes
        decision = decide(rules, instance, notification)
        if resolve and not decision.dropped:
            try:
                with hub.named_chats.only_look():
                    resolution = hub.resolve.resolve(decision.addresses, notification)
            except RetryLater as exc:
                raise click.ClickException(f"the portal does not say who that is: {exc}") from exc
    last = max(decision.rules, default=0)
    stopped = last > 0 and not rules[last - 1].continue_
    missed = [misses(rule.match, instance, notification) for rule in rules]
    rows = [
        {
            "route": number,
            "matches": not missed[number - 1],
            "reached": not (stopped and number > last),
            "mode": rule.mode,
            "to": list(rule.to),
            "misses": list(missed[number - 1]),
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
        print_table(rows, ("route", "matches", "reached", "mode", "to", "misses"))
    nobody = "nobody" if decision.dropped else f"{settings.bot.fallback} (bot.fallback)"
    click.echo(f"{decision.reason}: {', '.join(decision.addresses) or nobody}")
    if resolution is not None:
        print_table(told["recipients"], ("dialog", "reason"))


def _kept(hub: Hub, id: str) -> tuple[str, Notification]:
    """Return a notification as the ledger has it, and the plugin it is from."""
    from hub.plugin import Notification
    from hub.storage.tables import NotificationRow

    with hub.database.read() as session:
        row = session.get(NotificationRow, id)
    if row is None:
        raise click.ClickException(f"there is no notification {id!r}; 'hub trace' tells those of an event")
    return row.instance, Notification.model_validate(row.content)


def _check_instance(hub: Hub, instance: str) -> None:
    from hub.settings import did_you_mean

    known = {each.name for each in hub.registry.instances()}
    if instance not in known:
        raise click.ClickException(f"there is no plugin {instance!r}; {did_you_mean(instance, known)}")


def _labels(pairs: tuple[str, ...]) -> dict[str, str]:
    labels = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals):
            raise click.BadParameter(f"{pair!r} is not KEY=VALUE", param_hint="--label")
        labels[name] = value
    return labels
