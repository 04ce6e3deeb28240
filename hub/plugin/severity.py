"""How bad something is, in four ordered words."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

_ORDER = ("info", "warning", "error", "critical")

#: What senders commonly call the four; a source adds its own with ``Severity.read(word, {...})``.
_WORDS: Mapping[str, str] = {
    "debug": "info",
    "information": "info",
    "informational": "info",
    "none": "info",
    "notice": "info",
    "ok": "info",
    "warn": "warning",
    "err": "error",
    "high": "error",
    "crit": "critical",
    "disaster": "critical",
    "emergency": "critical",
    "fatal": "critical",
    "page": "critical",
}


class Severity(StrEnum):
    """``info < warning < error < critical``."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"

    @classmethod
    def read(cls, word: str | None, own: Mapping[str, Severity] | None = None) -> Severity:
        """Return the severity that a sender's *word* means.

        Args:
            word: any case; unknown or missing means ``WARNING``.
            own: the sender's own words in lower case; they win over the common ones.
        """
        key = (word or "").strip().lower()
        if own and key in own:
            return own[key]
        key = _WORDS.get(key, key)
        return cls(key) if key in _ORDER else cls.WARNING

    @property
    def rank(self) -> int:
        """0 for ``info`` to 3 for ``critical``."""
        return _ORDER.index(self.value)

    def __lt__(self, other: str) -> bool:
        return self.rank < Severity(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Severity(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Severity(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Severity(other).rank
