"""The hub's bot at the portal: registered when it is first needed, remembered afterwards."""

from __future__ import annotations

import threading

import structlog

from hub.bitrix24 import BotDialect, BotIdentity, BotRegistration, BotSpec, BotV2

log = structlog.get_logger("hub.bot")


class Bot:
    """Knows the bot's identity and speaks its dialect; registering writes no message to anybody."""

    def __init__(self, registration: BotRegistration, spec: BotSpec, client_id: str | None) -> None:
        self._registration = registration
        self._spec = spec
        self._client_id = client_id
        self._lock = threading.Lock()
        self._identity: BotIdentity | None = None

    def identity(self) -> BotIdentity:
        """Return the registered bot, registering or correcting it on the first call of this process.

        Raises:
            PortalError: the portal is away, or does not let us have the bot.
        """
        with self._lock:
            if self._identity is None:
                self._identity = self._registration.ensure(self._spec)
                log.info(
                    "bot is ready",
                    bot=self._identity.id,
                    code=self._identity.code,
                    changes=list(self._identity.changes),
                )
            return self._identity

    def register(self) -> BotIdentity:
        """Register again, also setting what the portal does not show."""
        with self._lock:
            self._identity = self._registration.ensure(self._spec, refresh=True)
            return self._identity

    def find(self) -> BotIdentity | None:
        """Return the bot as the portal has it now, whoever owns it; registers nothing."""
        return self._registration.find(self._spec.code, self._spec.token)

    def unregister(self) -> BotIdentity | None:
        """Remove the bot with its private chats and return what it was; ``None`` when there was none."""
        found = self.find()
        if found is not None:
            self._registration.unregister(found.id, self._spec.token)
        self.forget()
        return found

    def dialect(self) -> BotDialect:
        """Return the bot's way of sending."""
        return BotV2(self.identity().id, token=self._spec.token, client_id=self._client_id)

    def forget(self) -> None:
        """Register again before the next message, because the portal does not know the bot any more."""
        with self._lock:
            self._identity = None
