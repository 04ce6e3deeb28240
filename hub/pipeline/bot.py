"""The hub's bot at the portal: registered when it is first needed, remembered afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import structlog

from hub.bitrix24 import (
    BotAsUser,
    BotCommand,
    BotDialect,
    BotIdentity,
    BotRegistration,
    BotRegistrationV1,
    BotRegistrationV2,
    BotSpec,
    BotV1,
    BotV2,
    Chats,
    ChatsAsUser,
    ChatsV1,
    ChatsV2,
    Client,
    EventFeed,
    choose,
)
from hub.bitrix24.commands_v2 import names as command_names
from hub.bitrix24.errors import AccessRefused
from hub.bitrix24.probe import Dialect
from hub.storage.facts import Facts

log = structlog.get_logger("hub.bot")

#: The names that were registered last; a portal of old cannot list them.
_FACT = "bot-commands"


@dataclass(frozen=True, kw_only=True)
class BotWishes:
    """How the settings want the bot.

    Attributes:
        spec: without address and commands.
        api: ``auto`` asks the portal.
        handler: where the portal can post events; empty = nowhere.
        posted: events are to be posted; without it they are fetched where the portal can do that.
        as_user: write as the person whose webhook or application it is.
        client_id: owner of notification tags with a webhook.
    """

    spec: BotSpec
    api: Literal["auto", "v2", "v1"]
    handler: str
    posted: bool
    as_user: bool
    client_id: str | None


class Bot:
    """Knows the bot's identity and speaks its dialect; registering writes no message to anybody.

    Args:
        commands: what people can type, and the one behind all buttons.
    """

    def __init__(
        self, client: Client, wishes: BotWishes, commands: Callable[[], Sequence[BotCommand]], facts: Facts
    ) -> None:
        self._client = client
        self._wishes = wishes
        self._commands = commands
        self._facts = facts
        self._lock = threading.RLock()
        self._api: Dialect | None = None
        self._identity: BotIdentity | None = None

    @property
    def is_fetched(self) -> bool:
        """Whether events are fetched; False also while it is not known yet which bot API there is."""
        return self._api == "v2" and not self._wishes.posted

    @property
    def may_be_fetched(self) -> bool:
        """Whether events are fetched, as far as it is known without asking the portal."""
        return self._api != "v1" and not self._wishes.posted

    def api(self) -> Dialect:
        """Return which bot API serves the bot, asking the portal on the first call of this process.

        Raises:
            PortalError: the portal is away, or has none.
        """
        with self._lock:
            if self._api is None:
                self._api = choose(self._wishes.api, self._client)
            return self._api

    def identity(self) -> BotIdentity:
        """Return the registered bot, registering or correcting it on the first call of this process.

        Raises:
            PortalError: the portal is away, or does not let us have the bot.
        """
        with self._lock:
            if self._identity is None:
                self._identity = self._ensure(refresh=False)
                log.info(
                    "bot is ready",
                    bot=self._identity.id,
                    code=self._identity.code,
                    api=self._api,
                    changes=list(self._identity.changes),
                )
            return self._identity

    def register(self) -> BotIdentity:
        """Register again, also setting what the portal does not show."""
        with self._lock:
            self._identity = self._ensure(refresh=True)
            return self._identity

    def find(self) -> BotIdentity | None:
        """Return the bot as the portal has it now, whoever owns it; registers nothing."""
        return self._registration().find(self._wishes.spec.code, self._wishes.spec.token)

    def commands_of(self, bot: BotIdentity) -> tuple[frozenset[str], frozenset[str]] | None:
        """Return the names of commands that *bot* should have, and has; ``None`` where nobody can tell (v1).

        Raises:
            BotRefused: it belongs to another owner.
        """
        if self.api() != "v2":
            return None
        token = self._wishes.spec.token
        owner = {"botId": int(bot.id), **({} if token is None else {"botToken": token})}
        return frozenset(command.name for command in self._commands()), command_names(self._client, owner)

    def unregister(self) -> BotIdentity | None:
        """Remove the bot with its private chats and return what it was; ``None`` when there was none."""
        found = self.find()
        if found is not None:
            self._registration().unregister(found.id, self._wishes.spec.token)
        self.forget()
        return found

    def dialect(self) -> BotDialect:
        """Return the bot's way of sending."""
        id, token = self.identity().id, self._wishes.spec.token
        if self._wishes.as_user:
            return BotAsUser(id, client_id=self._wishes.client_id)
        speaks = BotV2 if self.api() == "v2" else BotV1
        return speaks(id, token=token, client_id=self._wishes.client_id)

    def feed(self) -> EventFeed | None:
        """Return the bot's queue of events; ``None`` where they are posted.

        Raises:
            PortalError: the portal is away, or does not let us have the bot.
        """
        if self._wishes.posted or self.api() != "v2":
            return None
        return EventFeed(self.identity().id, self._wishes.spec.token)

    def chats(self) -> Chats:
        """Return how group chats are opened."""
        id, token = self.identity().id, self._wishes.spec.token
        if self._wishes.as_user:
            return ChatsAsUser(self._client, id)
        opens = ChatsV2 if self.api() == "v2" else ChatsV1
        return opens(self._client, id, token=token)

    def forget(self) -> None:
        """Register again before the next message, because the portal does not know the bot any more."""
        with self._lock:
            self._identity = self._api = None

    def _registration(self) -> BotRegistration:
        return BotRegistrationV2(self._client) if self.api() == "v2" else BotRegistrationV1(self._client)

    def _ensure(self, *, refresh: bool) -> BotIdentity:
        registration = self._registration()
        commands = tuple(self._commands())
        known = self._facts.get(_FACT)
        spec = replace(
            self._wishes.spec,
            commands=commands,
            retired=tuple(map(str, known)) if isinstance(known, list) else (),
            webhook_url=self._handler(),
        )
        identity = registration.ensure(spec, refresh=refresh)
        self._facts.set(_FACT, [command.name for command in commands])
        return identity

    def _handler(self) -> str | None:
        if self.api() == "v2" and not self._wishes.posted:
            return None
        if not self._wishes.handler:
            raise AccessRefused(
                "the portal can only post the bot's events; set hub.public_url to an address it can reach"
            )
        return self._wishes.handler
