"""Calls and answers: what goes to the portal and what comes back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from hub.bitrix24.errors import PortalError


@dataclass(frozen=True, kw_only=True)
class Timing:
    """What the portal says about the time a call took; any part may be missing.

    Attributes:
        processing: seconds spent on this call.
        operating: seconds this method has used within the portal's window.
        reset_at: when the oldest part of `operating` stops counting.
    """

    processing: float | None = None
    operating: float | None = None
    reset_at: datetime | None = None


@dataclass(frozen=True)
class Call:
    """One method with its parameters; the parameters may hold secrets and are never shown."""

    method: str
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A successful answer.

    Attributes:
        total: number of rows there are, where the method counts them.
        next: the ``start`` of the next page; None on the last one.
    """

    result: Any
    total: int | None = None
    next: int | None = None
    time: Timing = Timing()


@dataclass(frozen=True)
class Done:
    """The call was executed."""

    answer: Answer

    @property
    def result(self) -> Any:
        """What the method returned."""
        return self.answer.result


@dataclass(frozen=True)
class Failed:
    """The call was not executed, or nobody knows; the error's class says which."""

    error: PortalError


@dataclass(frozen=True)
class NotExecuted:
    """The call was not tried because an earlier one of the same sequence had failed."""


Outcome = Done | Failed | NotExecuted


def timing(data: object) -> Timing:
    """Read the portal's ``time`` object; whatever cannot be read counts as missing."""
    if not isinstance(data, Mapping):
        return Timing()
    reset = _number(data.get("operating_reset_at"))
    return Timing(
        processing=_number(data.get("processing")),
        operating=_number(data.get("operating")),
        reset_at=datetime.fromtimestamp(reset, UTC) if reset and 0 < reset < 1e11 else None,
    )


def whole(value: object) -> int | None:
    """Read a count or offset, which the portal sends as a number or as a string."""
    number = _number(value)
    return None if number is None else int(number)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
