"""The floor of the bot: the hub's bot, what people can type, what they ask for."""

from __future__ import annotations

from functools import cached_property

from hub.app.plugins import PluginFloor
from hub.bitrix24 import BotSpec
from hub.pipeline.act.chat_commands import ChatCommands
from hub.pipeline.act.incoming import Incoming
from hub.pipeline.bot import Bot, BotWishes
from hub.pipeline.proof import handler_url
from hub.pipeline.warmth import Warmth


class BotFloor(PluginFloor):
    """Who writes and listens in chat."""

    @cached_property
    def chat_commands(self) -> ChatCommands:
        """What can be typed."""
        return ChatCommands(self.registry, self.catalogues)

    @cached_property
    def bot(self) -> Bot:
        """The hub's bot."""
        table = self.settings.bot
        spec = BotSpec(
            code=table.code,
            name=table.name,
            token=self.bot_token,
            color=table.color,
            type=table.type,
            hidden=table.hidden,
        )
        as_user = table.sender == "user"
        wishes = BotWishes(
            spec=spec,
            api=table.api,
            handler=self.event_handler,
            posted=table.events == "webhook",
            as_user=as_user,
            client_id=None if self.is_application else table.code,
        )
        # a person's private dialogs are none of the bot's, so its buttons have to work everywhere
        return Bot(self.client, wishes, lambda: self.chat_commands.for_portal(common=as_user), self.facts)

    @property
    def bot_token(self) -> str | None:
        """The secret that makes a bot ours; an application needs none."""
        return None if self.is_application else self.settings.bot.token.get_secret_value()

    @property
    def event_handler(self) -> str:
        """Where the portal can post the bot's events; empty without an address. It holds a secret."""
        return handler_url(self.settings.hub.public_url, self.bot_token or "")

    @cached_property
    def warmth(self) -> Warmth:
        """Whether clicks are likely."""
        return Warmth(self.facts, self.clock)

    @cached_property
    def incoming(self) -> Incoming:
        """From the bot's events to actions."""
        return Incoming(self.database, self.actions, self.chat_commands, self.bot, self.ids)
