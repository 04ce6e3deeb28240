"""The portal's clock: real time plus whatever a test moved it by."""

import threading
import time
from datetime import UTC, datetime, timedelta, timezone

#: The portal's own zone; answers carry this offset, as a Moscow portal's do.
PORTAL_ZONE = timezone(timedelta(hours=3))


class Clock:
    """Time as the portal sees it. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = 0.0

    def advance(self, seconds: float) -> None:
        """Move the portal's time forward; nobody waits."""
        if seconds < 0:
            raise ValueError(f"cannot move the clock back by {seconds!r} seconds; advance it instead")
        with self._lock:
            self._offset += seconds

    def timestamp(self) -> float:
        """Return Unix seconds."""
        with self._lock:
            return time.time() + self._offset

    def now(self) -> datetime:
        """Return aware UTC time."""
        return datetime.fromtimestamp(self.timestamp(), UTC)


def portal_date(moment: datetime) -> str:
    """Write *moment* as the portal does: ISO 8601, whole seconds, the portal's offset."""
    return moment.astimezone(PORTAL_ZONE).isoformat(timespec="seconds")
