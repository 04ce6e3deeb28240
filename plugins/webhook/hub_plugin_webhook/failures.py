"""What can go wrong with a mapping."""

from __future__ import annotations


class BadMapping(ValueError):
    """The expression or template itself is wrong; the message never repeats it."""


class MappingFailed(Exception):
    """A right expression or template cannot deal with this body."""
