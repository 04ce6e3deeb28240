"""Who reads: the language and the zone that a text is made for."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from babel import Locale

#: The languages of the core; a reader of any other one gets the first.
LANGUAGES = ("en", "ru")


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A person, or the people of a group chat.

    Attributes:
        language: ``en`` or ``ru``; anything else reads English.
        zone: in which moments are shown.
        several_zones: the readers live in more than one zone (a group chat), so a time of day says which.
    """

    language: str
    zone: ZoneInfo
    several_zones: bool = False

    def __post_init__(self) -> None:
        if self.language not in LANGUAGES:
            object.__setattr__(self, "language", LANGUAGES[0])

    @property
    def locale(self) -> Locale:
        """The notation of numbers, dates and units."""
        return Locale.parse(self.language)
