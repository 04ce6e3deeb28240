"""What all commands share: ``--config`` wherever it stands, groups that import a command when it is used."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from hub.cli.session import Session


def config_option(*, hidden: bool) -> click.Option:
    """Return ``--config``; all commands take it, because people write it behind them too."""
    return click.Option(
        ["--config"],
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="PATH",
        help="Settings file; else HUB_CONFIG, else hub.toml in this folder.",
        callback=_remember,
        expose_value=False,
        is_eager=True,
        hidden=hidden,
    )


class Command(click.Command):
    """A command of the hub."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(config_option(hidden=True))


class Group(click.Group):
    """A group of commands; those named in *lazy* (``name: "module:attribute"``) are imported when used."""

    command_class = Command

    def __init__(self, *args: Any, lazy: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.append(config_option(hidden=True))
        self._lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self._lazy, *self.commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._lazy:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self._lazy[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command


Group.group_class = Group


def _remember(ctx: click.Context, param: click.Parameter, value: Path | None) -> None:
    session = ctx.ensure_object(Session)
    if value is not None:
        session.config = value
