"""Muting: what a dialog does not want to be told of for a while ends while it is planned.

Only new cards are muted. What a dialog shows goes on changing, but makes no sound; and whoever asks gets an answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from sqlmodel import Session

from hub.pipeline.held import holds_thread, suppress
from hub.plugin import Notification, Severity
from hub.storage.chat_tables import Mute
from hub.storage.mutes import MuteRows
from hub.storage.tables import Outbox

#: Everything.
ALL = "*"


class Muting:
    """Decides in the transaction that plans, so that what is muted has its end and its reason in the same commit."""

    def __init__(self, rows: MuteRows) -> None:
        self._rows = rows

    def mutes(
        self,
        session: Session,
        instance: str,
        notification: Notification,
        dialogs: Sequence[str],
        now: datetime,
    ) -> Mapping[str, Mute]:
        """Return the dialogs that do not want *notification*, each with the longest of its mutes that say so."""
        found = self._rows.among(session, dialogs, now)
        return {mute.dialog: mute for mute in found if _is_about(mute, instance, notification)}

    def apply(self, session: Session, delivery: Outbox, mute: Mute, now: datetime, *, replaces: bool) -> None:
        """End a delivery that is about to be written, or take its sound away where the card is there already.

        Args:
            replaces: it takes the place of deliveries that are not sent yet.
        """
        why = f"muted by user {mute.actor} until {mute.until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        if not (replaces or holds_thread(session, delivery)):
            suppress(delivery, why, now)
        elif delivery.loud:
            delivery.loud = False
            delivery.recipient += f"; without a sound, because {why}"


def _is_about(mute: Mute, instance: str, notification: Notification) -> bool:
    if notification.severity is Severity.CRITICAL and not mute.critical:
        return False
    pattern = mute.what.replace("[", "[[]")
    return fnmatchcase(instance, pattern) or fnmatchcase(notification.kind.lower(), pattern)
