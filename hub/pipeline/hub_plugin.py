"""The built-in instance that the hub's own cards belong to: what their buttons do."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from hub.pipeline.folding import FoldingCards
from hub.pipeline.folding_words import SHOW, thread_of
from hub.plugin import Command, CommandCall, Plugin, PluginSettings, Reply, T, Who, hookimpl


class ShowArgs(BaseModel):
    """Which page of which card; 0 is the card as it was."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    card: str
    page: int = 1


def hub_plugin(cards: FoldingCards) -> type[Plugin[PluginSettings]]:
    """Return the plugin; unlike others it reads the hub's own tables."""

    class HubPlugin(Plugin[PluginSettings]):
        api_version = "1.0"

        @hookimpl
        def commands(self) -> Iterable[Command]:
            yield Command(
                name=SHOW,
                summary="Show the messages that a card stands for",
                handler=self._show,
                args_model=ShowArgs,
                who=Who.ADDRESSEE,
                idempotent=True,
            )

        def _show(self, call: CommandCall) -> Reply:
            args = ShowArgs.model_validate(call.args)
            page = cards.page(args.card, args.page, key=f"{thread_of(args.card)}:{call.id}")
            if page is None:
                return Reply(text=T("These messages are no longer kept."), private=True)
            return Reply(notification=page)

    return HubPlugin
