"""Plugins whose commands have the names that others have."""

from collections.abc import Iterable

from hub.plugin import Command, CommandCall, Plugin, PluginSettings, Reply, Who, hookimpl


class OpsPlugin(Plugin[PluginSettings]):
    """Shares ``tickets`` with the help desk, wants ``help`` for itself, and has something for administrators."""

    api_version = "1.0"

    @hookimpl
    def commands(self) -> Iterable[Command]:
        def command(name: str, summary: str, **fields: object) -> Command:
            return Command(name=name, summary=summary, handler=_said, who=Who.ANYONE, chat=True, **fields)

        yield command("tickets", "Tickets of operations", usage="number")
        yield command("help", "Help of operations")
        yield command("re-open", "Open again {now}")
        yield Command(name="wipe", summary="Wipe all", handler=_said, who=Who.ADMIN, chat=True)


def _said(call: CommandCall) -> Reply:
    return Reply(text=f"ops got {call.text!r}")
