"""Refusal: why something is not done, for the person who asked and for the operator."""

from __future__ import annotations

from hub.plugin import PluginError, Words


class Refused(PluginError):
    """It is not done; the hub's own commands raise it too.

    Attributes:
        words: told to the person, privately; empty = say nothing.
        reason: for ``hub audit list``.
    """

    def __init__(self, words: Words, reason: str) -> None:
        super().__init__(reason)
        self.words = words
        self.reason = reason


class ButtonGone(Refused):
    """The card does not offer it any more."""
