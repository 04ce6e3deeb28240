"""Lateness: what was missed and is found out later goes behind what happens now, and what is old is only counted."""

from __future__ import annotations

from datetime import UTC, timedelta

from hub.pipeline.follows import Follows
from hub.plugin import Clock, Notification
from hub.storage.states import Lane

#: What catch-up finds within this time is told as if the event had come.
_IN_TIME = timedelta(minutes=15)


class Lateness:
    """Judges facts that came from a catch-up; *longest* is the age up to which each is told by itself."""

    def __init__(self, clock: Clock, longest: timedelta) -> None:
        self._clock = clock
        self._longest = longest

    def lane(self, follows: Follows, notification: Notification) -> Lane:
        """Return the lane of what is not critical."""
        return Lane.BACKLOG if self._age(follows, notification) > _IN_TIME else Lane.NORMAL

    def too_late(self, follows: Follows, notification: Notification) -> str:
        """Return why the fact is not worth a message of its own; empty when it is."""
        if notification.occurred_at is None or self._age(follows, notification) <= self._longest:
            return ""
        when = notification.occurred_at.astimezone(UTC)
        return f"happened at {when:%Y-%m-%d %H:%M} UTC, longer ago than hub.catch_up_max"

    def _age(self, follows: Follows, notification: Notification) -> timedelta:
        if not follows.caught_up or notification.occurred_at is None:
            return timedelta(0)
        return self._clock.now() - notification.occurred_at
