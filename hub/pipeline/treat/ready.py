"""What a treatment is, and what it calls a thread."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from hub.pipeline.addressing import Addressed
from hub.pipeline.resolve import Resolution
from hub.pipeline.route import Decision
from hub.plugin import Notification

#: Takes the instance that tells it.
Treatment = Callable[[str, Addressed], Addressed]


def digest(*parts: str) -> str:
    """Return a short name for what may be long."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def with_notification(addressed: Addressed, notification: Notification) -> Addressed:
    """Return *addressed* with other words."""
    return replace(addressed, notification=notification)


def decided(notification: Notification, reason: str, resolution: Resolution | None = None) -> Addressed:
    """Return a notification whose recipients no route changes; without a resolution it goes where its thread is."""
    addresses = tuple(notification.to) if resolution else ()
    return Addressed(
        notification=notification,
        edits=(),
        decision=Decision(addresses=addresses, rules=(), reason=reason),
        resolution=resolution or Resolution(recipients=(), problems=()),
    )
