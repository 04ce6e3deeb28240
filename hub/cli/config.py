"""``hub config``: the settings as the hub reads them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from hub.cli.base import Group
from hub.cli.output import json_option, print_json, print_settings, remark
from hub.cli.session import Session, pass_session

if TYPE_CHECKING:
    from hub.app import Hub


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
    from hub.plugin import ConfigurationError

    try:
        with session.scratch(session.settings()) as hub:
            problems = list(_problems(hub))
    except ConfigurationError as exc:
        problems = list(exc.problems)
    if as_json:
        print_json({"ok": not problems, "problems": problems})
    elif problems:
        raise ConfigurationError(*problems)
    else:
        remark("the settings are fine")
    if problems:
        raise click.exceptions.Exit(2)


def _problems(hub: Hub) -> Iterator[str]:
    for instance in hub.registry.instances():
        if instance.status == "misconfigured":
            reason = instance.reason
            yield reason if reason.startswith("plugins.") else f"plugins.{instance.name}: {reason}"
    addresses = {"bot.fallback": hub.settings.bot.fallback}
    for number, route in enumerate(hub.settings.routes):
        addresses |= {f"routes[{number}].to": address for address in route.to}
    for place, address in addresses.items():
        scheme = address.partition(":")[0]
        if hub.registry.resolver(scheme) is None:
            yield f"{place}: no active plugin resolves {scheme}: addresses"
