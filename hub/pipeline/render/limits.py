"""How much fits into one message."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Sizes in characters, tags included.

    Attributes:
        message: the portal cuts at 20,000.
        attach: serialised; the portal refuses more than 60,000.
        keyboard: serialised; 30,000 in the first bot API, twice that in the second.
        title, text, name, value: what somebody still reads in a chat; the rest is behind the link.
        fields: rows of the table.
        buttons, button: how many, and the length of a label; more than that no client shows well.
    """

    message: int = 20_000
    attach: int = 56_000
    keyboard: int = 28_000
    title: int = 300
    text: int = 6_000
    name: int = 100
    value: int = 1_000
    fields: int = 40
    buttons: int = 30
    button: int = 60

    def shrunk(self, divisor: int) -> Limits:
        """Return limits with that much less for what stands in the card."""
        return replace(
            self, text=self.text // divisor, name=max(8, self.name // divisor), value=self.value // divisor
        )


PORTAL_LIMITS = Limits()


def serialised_size(value: object) -> int:
    """Return the length of *value* as the portal's PHP writes it: ``\\u0416``, ``\\/``.

    Every other way of counting gives less.
    """
    written = json.dumps(value, separators=(",", ":"))
    return len(written) + written.count("/")
