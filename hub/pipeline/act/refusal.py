"""Refusal: why something is not done, for the person who asked and for the operator."""

from __future__ import annotations

from hub.plugin import Words


class Refused(Exception):
    """It is not done.

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
