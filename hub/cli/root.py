"""The command ``hub`` itself: finds commands of plugins, tells errors without a traceback."""

from __future__ import annotations

from typing import Any

import click

from hub.cli.base import Group, config_option
from hub.cli.session import Session


class Root(Group):
    """All commands. A first word that is none of ours is looked for among the plugins."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params[-1] = config_option(hidden=False)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        known = super().get_command(ctx, cmd_name)
        if known is not None or cmd_name.startswith("-"):
            return known
        from hub.cli.plugin_commands import plugin_group

        return plugin_group(ctx, ctx.ensure_object(Session), cmd_name)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except _expected() as exc:
            from hub.cli.failure import failure

            raise failure(exc) from exc


def _expected() -> tuple[type[Exception], ...]:
    """Return what is told without a traceback; asked only once something has gone wrong."""
    from hub.cli.failure import EXPECTED

    return EXPECTED
