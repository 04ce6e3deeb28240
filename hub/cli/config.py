"""``hub config``: the settings as the hub reads them."""

from __future__ import annotations

import click

from hub.cli.base import Group
from hub.cli.output import json_option, print_json, print_settings, remark
from hub.cli.session import Session, pass_session


@click.group(cls=Group)
def config() -> None:
    """See the settings."""


@config.command()
@json_option
@pass_session
def show(session: Session, as_json: bool) -> None:
    """Show every setting with where it comes from: default, file or env. Secrets are ***."""
    from hub.settings import describe

    settings = session.settings()
    with session.scratch(settings) as hub:
        known = {each.name: each.settings for each in hub.registry.instances() if each.settings is not None}
    described = describe(settings, known)
    if as_json:
        print_json(described)
    else:
        print_settings(described)


@config.command()
@json_option
@pass_session
def check(session: Session, as_json: bool) -> None:
    """Say everything that is wrong, of the hub and of its plugins; exits with 2 when anything is."""
    from hub.pipeline.doctor.settings import misled, not_working, plugin_problems
    from hub.plugin import ConfigurationError

    notes: list[str] = []
    try:
        with session.scratch(session.settings()) as hub:
            found = [*plugin_problems(hub.registry), *misled(hub.settings, hub.registry)]
            notes = list(not_working(hub.registry))
    except ConfigurationError as exc:
        found = [*exc.problems, *_of_plugins_alone(session)]
    found = list(dict.fromkeys(found))
    for note in notes:
        remark(note)
    if as_json:
        print_json({"ok": not found, "problems": found})
    elif found:
        raise ConfigurationError(*found)
    else:
        remark("the settings are fine")
    if found:
        raise click.exceptions.Exit(2)


def _of_plugins_alone(session: Session) -> list[str]:
    """Return what is wrong with plugins that have a table, while the hub's own settings are wrong."""
    from hub.pipeline.doctor.settings import plugin_problems
    from hub.plugin import ConfigurationError

    try:
        settings = session.plugin_settings()
    except ConfigurationError:  # there is no file that could be read
        return []
    with session.scratch(settings) as hub:
        return list(plugin_problems(hub.registry, settings.plugins))
