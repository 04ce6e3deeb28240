"""Staying inside the portal's requests per second: what every limiter can do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Level:
    """How much of the portal's patience is used up.

    Attributes:
        used: requests that still count; more than *capacity* while the portal asks for a pause.
        capacity: requests from which on it refuses.
    """

    used: float
    capacity: float


class Limiter(Protocol):
    """Permission to send one request; one limiter serves every caller of a portal.

    Priority is for people who wait for an answer.
    """

    def take(self, *, priority: bool = False) -> float:
        """Take the permission for one request and return 0, or return the seconds after which to ask again."""

    def acquire(self, *, priority: bool = False) -> None:
        """Wait until the permission for one request is there, and take it."""

    def give_back(self) -> None:
        """Return a permission taken a moment ago, for a request that does not go out."""

    def refused(self, retry_after: timedelta | None = None) -> None:
        """Take note that the portal refused a request for its rate."""

    def level(self) -> Level:
        """Return how much is used."""
