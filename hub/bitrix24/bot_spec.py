"""The bot and its commands as the settings want them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

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
_COMMAND = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True, kw_only=True)
class BotCommand:
    """One slash command of the bot; a button only works with a registered one.

    Attributes:
        name: latin letters and digits, without the slash.
        titles: what it does, by language (``en``, ``ru``); shown while somebody types the slash.
        params: a hint at what to write behind it, by language; only languages of *titles* count.
        hidden: not shown, but it works.
        common: works in every chat; else only in those the bot is in.

    Raises:
        ValueError: a name the portal would not take, or a visible command without a title.
    """

    name: str
    titles: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    hidden: bool = False
    common: bool = False

    def __post_init__(self) -> None:
        if not _COMMAND.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is not a name of a command, use latin letters and digits")
        if not self.hidden and not any(self.titles.values()):
            raise ValueError(f"the command {self.name!r} is visible and needs a title")


@dataclass(frozen=True, kw_only=True)
class BotSpec:
    """The bot as the settings want it.

    Attributes:
        token: the bot's own secret, at most 40 characters; None with an application.
        color: one of the portal's 16 names, in any of its spellings (``LIGHT_BLUE``, ``lightBlue``).
        type: ``bot`` (sees what is addressed to it) or ``supervisor`` (sees everything in its chats);
            the old letters B, H, S, O are understood.
        position: shown below the name; empty for whatever the portal shows.
        webhook_url: where events are sent; None to fetch them.
        commands: all that the bot has; what it has besides is taken away.
        retired: names of commands it had once, for a portal that cannot list them (v1).

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
    commands: tuple[BotCommand, ...] = ()
    retired: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "color", _color(self.color))
        object.__setattr__(self, "type", _type(self.type))
        if not self.code or not self.name:
            raise ValueError("a bot needs a code and a name")
        if self.token is not None and not 1 <= len(self.token) <= MAX_TOKEN:
            raise ValueError(
                f"the bot's token must have 1 to {MAX_TOKEN} characters, it has {len(self.token)}"
            )
        names = [command.name for command in self.commands]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"a bot has each command once, not {', '.join(sorted(twice))} twice")


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
