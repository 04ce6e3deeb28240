"""The built-in instance that the hub's own cards and commands belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from hub.plugin import Command, CommandCall, Plugin, PluginSettings, Reply, RetryLater, hookimpl
from hub.storage.database import AWAY


def hub_plugin(commands: Sequence[Command]) -> type[Plugin[PluginSettings]]:
    """Return the plugin; unlike others its *commands* know the hub from inside."""

    class HubPlugin(Plugin[PluginSettings]):
        api_version = "1.0"

        @hookimpl
        def commands(self) -> Iterable[Command]:
            return [replace(command, handler=_patient(command.handler)) for command in commands]

    return HubPlugin


def _patient(handler: Callable[[CommandCall], Reply | None]) -> Callable[[CommandCall], Reply | None]:
    """Return *handler* so that a database that is away is no fault of the plugin's."""

    def handle(call: CommandCall) -> Reply | None:
        try:
            return handler(call)
        except AWAY as exc:
            raise RetryLater("the database is away") from exc

    return handle
