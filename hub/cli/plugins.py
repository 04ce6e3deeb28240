"""``hub plugins``: what is installed, whether it works, and what it would make of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from hub.cli.base import Group
from hub.cli.output import json_option, moment, print_fields, print_json, print_settings, print_table, remark
from hub.cli.session import Session, pass_session

if TYPE_CHECKING:
    from hub.app import Hub
    from hub.registry import Instance
    from hub.storage.plugin_statuses import Told

_COUNTS = (
    "hook",
    "calls",
    "failures",
    "over_budget",
    "last_failed_at",
    "last_error",
    "refusals",
    "last_refused_at",
    "last_refusal",
)
_COLUMNS = ("name", "version", "status", "distribution", "reason")


@click.group(cls=Group, lazy={"try": "hub.cli.plugin_try:try_"})
def plugins() -> None:
    """See which plugins are there and how they are."""


@plugins.command("list")
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """List installed plugins and say whether each one works."""
    with session.hub() as hub:
        rows = _rows(hub)
    if as_json:
        print_json(rows)
    else:
        print_table(rows, _COLUMNS)


@plugins.command()
@click.argument("name")
@json_option
@pass_session
def show(session: Session, name: str, as_json: bool) -> None:
    """Show one plugin: what it provides, its settings, and how its hooks fare."""
    with session.hub() as hub:
        instance = hub.registry.instance(name)
        rows = [row for row in _rows(hub) if row["name"] == name]
        details = {**rows[0], "settings": _settings(hub, instance), "hooks": _hooks(hub, name)}
        if len(rows) > 1:  # everybody who claims the name
            details["claimants"] = [row["distribution"] for row in rows]
    if as_json:
        print_json(details)
        return
    hooks = details.pop("hooks")
    settings = details.pop("settings")
    provides = details.pop("provides")
    print_fields({**details, **provides})
    click.echo("\nsettings")
    print_settings(settings, indent="  ")
    if hooks:
        click.echo()
        zone = hub.settings.hub.timezone
        times = ("last_failed_at", "last_refused_at")
        print_table([{**each, **{key: moment(each[key], zone) for key in times}} for each in hooks], _COUNTS)


@plugins.command()
@json_option
@pass_session
def check(session: Session, as_json: bool) -> None:
    """Exit with 1 unless every plugin that is not switched off is active."""
    with session.hub() as hub:
        bad = [row for row in _rows(hub) if row["status"] not in {"active", "disabled"}]
    if as_json:
        print_json(bad)
    elif bad:
        print_table(bad, ("name", "status", "reason"))
    else:
        remark("all plugins are active")
    if bad:
        raise click.exceptions.Exit(1)


def _rows(hub: Hub) -> list[dict[str, Any]]:
    """Return what ``plugins list`` shows, with what the running hub knows."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        running = hub.plugin_statuses.all()
    except SQLAlchemyError:
        remark("the database does not answer: how plugins fare in the running hub is not known")
        running = {}
    return [_row(instance, running.get(instance.name)) for instance in hub.registry.instances()]


def _row(instance: Instance, running: Told | None) -> dict[str, Any]:
    status, reason = instance.status.value, instance.reason
    if status == "active" and running is not None and running.status not in {"active", "disabled"}:
        status, reason = running.status, _where(running) + running.reason
    return {
        "name": instance.name,
        "distribution": instance.distribution,
        "version": instance.version,
        "api_version": instance.api_version,
        "status": status,
        "reason": reason,
        "provides": instance.provides,
    }


def _where(told: Told) -> str:
    """Say in how many processes it is so, unless it is so in all."""
    return "" if told.alike == told.processes else f"in {told.alike} of {told.processes} processes: "


def _settings(hub: Hub, instance: Instance) -> dict[str, Any]:
    from hub.settings import PluginTable, describe

    table = hub.settings.plugins.get(instance.name, PluginTable())
    known = {} if instance.settings is None else {instance.name: instance.settings}
    settings = hub.settings.model_copy(update={"plugins": {instance.name: table}})
    described: dict[str, Any] = describe(settings, known)["plugins"][instance.name]
    return described


def _hooks(hub: Hub, name: str) -> list[dict[str, Any]]:
    return [
        {
            "hook": counter.hook,
            "calls": counter.calls,
            "failures": counter.failures,
            "over_budget": counter.over_budget,
            "last_error": counter.last_error,
            "last_failed_at": counter.last_failed_at.isoformat() if counter.last_failed_at else None,
            "refusals": counter.refusals,
            "last_refusal": counter.last_refusal,
            "last_refused_at": counter.last_refused_at.isoformat() if counter.last_refused_at else None,
        }
        for counter in hub.plugin_stats.counters(name)
    ]
