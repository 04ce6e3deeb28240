"""What the hub needs from a chat bot, whichever of the portal's bot APIs serves it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from hub.bitrix24.calls import Call
from hub.bitrix24.client import Client
from hub.bitrix24.errors import MethodUnknown

#: The portal stores the owner as ``custom`` + token in 50 characters, of which it grants 40.
MAX_TOKEN = 40

_TYPES = {
    "b": "bot",
    "h": "bot",
    "bot": "bot",
    "s": "supervisor",
    "supervisor": "supervisor",
    "o": "openline",
    "openline": "openline",
    "personal": "personal",
}
_COLORS = (
    *("red", "green", "mint", "lightBlue", "darkBlue", "purple", "aqua", "pink"),
    *("lime", "brown", "azure", "khaki", "sand", "marengo", "gray", "graphite"),
)


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
class BotSpec:
    """The bot as the settings want it.

    Attributes:
        token: the bot's own secret, at most 40 characters; None with an application.
        color: one of the portal's 16 names, in any of its spellings (``LIGHT_BLUE``, ``lightBlue``).
        type: ``bot`` (sees what is addressed to it) or ``supervisor`` (sees everything in its chats);
            the old letters B, H, S, O are understood.
        webhook_url: where events are sent; None to fetch them.
        commands: names of hidden commands; a button only works with a registered one.

    Raises:
        ValueError: a value the portal would not take.
    """

    code: str
    name: str
    token: str | None = field(default=None, repr=False)
    color: str = "green"
    type: str = "bot"
    hidden: bool = False
    position: str = ""
    webhook_url: str | None = field(default=None, repr=False)
    commands: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "color", _color(self.color))
        object.__setattr__(self, "type", _type(self.type))
        if not self.code or not self.name:
            raise ValueError("a bot needs a code and a name")
        if self.token is not None and not 1 <= len(self.token) <= MAX_TOKEN:
            raise ValueError(
                f"the bot's token must have 1 to {MAX_TOKEN} characters, it has {len(self.token)}"
            )


@dataclass(frozen=True, kw_only=True)
class BotIdentity:
    """The registered bot.

    Attributes:
        id: its user id in the portal.
        type: as registered; a portal never changes it.
        changes: what registering has changed; empty when all was well.
    """

    id: str
    code: str
    type: str
    changes: tuple[str, ...] = ()


class BotDialect(Protocol):
    """Translates between the hub's words and one bot API; does no I/O."""

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
        """Register the bot or change what differs.

        Args:
            refresh: also set what a portal does not show, such as the colour.

        Raises:
            BotRefused: the code belongs to another owner, or the token is wrong.
        """

    def find(self, code: str, token: str | None) -> BotIdentity | None:
        """Return the bot with *code*, whoever owns it; None when there is none."""

    def unregister(self, bot_id: str, token: str | None) -> None:
        """Remove the bot together with its private chats."""


@dataclass(frozen=True, kw_only=True)
class Abilities:
    """Which bot API a portal offers with the present credentials.

    Attributes:
        dialect: the newest usable one; None when there is none.
        revision: of the v2 API; None when unknown.
    """

    dialect: Literal["v2", "v1"] | None
    revision: int | None = None


def probe(client: Client) -> Abilities:
    """Ask the portal which bot API can be used."""
    if _is_available(client, "imbot.v2.chat.message.send"):
        result = client.read("imbot.v2.Revision.get").result
        rest = result.get("rest") if isinstance(result, Mapping) else None
        return Abilities(dialect="v2", revision=rest if isinstance(rest, int) else None)
    return Abilities(dialect="v1" if _is_available(client, "imbot.message.add") else None)


def _is_available(client: Client, lower_case_method: str) -> bool:
    try:
        result = client.read("method.get", {"name": lower_case_method}).result
    except MethodUnknown:
        return False
    return (
        isinstance(result, Mapping) and result.get("isExisting") is True and result.get("isAvailable") is True
    )


def _type(name: str) -> str:
    try:
        return _TYPES[name.lower()]
    except KeyError:
        raise ValueError(f"{name!r} is not a type of bot, use 'bot' or 'supervisor'") from None


def _color(name: str) -> str:
    for color in _COLORS:
        if name.replace("_", "").lower() == color.lower():
            return color
    raise ValueError(f"{name!r} is not a colour of bots, use one of {', '.join(_COLORS)}")
