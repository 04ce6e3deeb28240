"""What the hub needs from a chat bot, whichever of the portal's bot APIs serves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hub.bitrix24.bot_spec import BotSpec
from hub.bitrix24.calls import Call


@dataclass(frozen=True, kw_only=True)
class OutgoingMessage:
    """A message ready for the portal.

    Attributes:
        text: BB code, 1 to 20,000 characters; editing a message to nothing would delete it.
        attach: blocks, or an object with ``BLOCKS``; None for none.
        keyboard: flat list of buttons with ``{"TYPE": "NEWLINE"}`` between rows; empty for none.
        url_preview: let clients fetch what the text links to.
    """

    text: str
    attach: Sequence[Any] | Mapping[str, Any] | None = None
    keyboard: Sequence[Mapping[str, Any]] = ()
    url_preview: bool = False

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("a message needs a text, its attach is not shown in push notifications")


@dataclass(frozen=True, kw_only=True)
class BotIdentity:
    """The registered bot.

    Attributes:
        id: its user id in the portal.
        type: as registered; a portal never changes it. Empty where the portal does not show it (v1).
        changes: what registering has changed; empty when all was well.
    """

    id: str
    code: str
    type: str
    changes: tuple[str, ...] = ()


class BotDialect(Protocol):
    """Translates between the hub's words and one way of writing; does no I/O."""

    @property
    def is_idempotent(self) -> bool:
        """Whether a `send` repeated with its key shows the message once; else a repeat may show it twice."""

    def send(self, dialog: str, message: OutgoingMessage, key: str) -> Call:
        """Return the call that posts *message*; *key* as from `template_id`.

        Raises:
            ValueError: *dialog* is not one, see `hub.bitrix24.dialogs`.
        """

    def update(self, message_id: str, message: OutgoingMessage) -> Call:
        """Return the call that replaces all of a posted message."""

    def message_id(self, result: Any) -> str:
        """Read the message's id from the result of a `send`.

        Raises:
            OutcomeUnknown: there is none in it.
        """

    def notify(self, user: str, text: str, tag: str) -> Call:
        """Return the call that shows *text* in the user's notifications; *tag* replaces an older one."""


class BotRegistration(Protocol):
    """Makes the bot be as the settings want it; writes no message to anybody."""

    def ensure(self, spec: BotSpec, *, refresh: bool = False) -> BotIdentity:
        """Register the bot with its commands, or change what differs.

        Args:
            refresh: also set what a portal does not show, such as the colour.

        Raises:
            BotRefused: the code belongs to another owner, or the token is wrong.
            ValueError: this bot API has no such bot, see the class.
        """

    def find(self, code: str, token: str | None) -> BotIdentity | None:
        """Return the bot with *code*, whoever owns it; None when there is none."""

    def unregister(self, bot_id: str, token: str | None) -> None:
        """Remove the bot together with its private chats."""
