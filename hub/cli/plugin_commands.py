"""``hub PLUGIN ...``: the commands that a plugin brings."""

from __future__ import annotations

import click

from hub.cli.base import Group
from hub.cli.session import Session
from hub.plugin import ENTRY_POINT_GROUP, ConfigurationError


def plugin_group(ctx: click.Context, session: Session, name: str) -> click.Command | None:
    """Return the commands of the instance *name*, or ``None`` when nothing has that name.

    Its hub stays open until the command has ended.

    Raises:
        HubError: the settings are wrong, or the plugin cannot be used.
    """
    if not _may_exist(session, name):
        return None
    hub = ctx.with_resource(session.hub())
    instance = hub.registry.instance(name)
    if not instance.status.serves:
        raise click.ClickException(f"plugin {name!r} is {instance.status}: {instance.reason}")
    if not instance.declared.cli_commands:
        raise click.UsageError(f"plugin {name!r} has no commands")
    group = Group(name, help=f"Commands of the plugin {name!r}.")
    for command in instance.declared.cli_commands:
        group.add_command(command)
    return group


def _may_exist(session: Session, name: str) -> bool:
    """Say whether a plugin or a table has the name; a wrong word must not end in a lecture on settings."""
    from importlib.metadata import entry_points

    installed = entry_points(group=ENTRY_POINT_GROUP) if session.plugins is None else session.plugins
    if any(point.name == name for point in installed):
        return True
    try:
        return name in session.settings().plugins
    except ConfigurationError:
        return False
