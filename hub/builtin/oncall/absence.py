"""Absence: who is away by the portal's calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from threading import Lock

from pydantic import JsonValue

from hub.plugin import Clock, PluginError, Portal

_FRESH = timedelta(minutes=5)
_MOST_REMEMBERED = 500
_DAY = timedelta(days=1)


class Absences:
    """Asks the portal, and remembers for a few minutes what it said; in doubt somebody is there."""

    def __init__(self, portal: Portal, clock: Clock) -> None:
        self._portal = portal
        self._clock = clock
        self._lock = Lock()
        self._known: dict[str, tuple[datetime, bool]] = {}

    def is_absent(self, user: str) -> bool:
        """Say whether somebody is away now."""
        now = self._clock.now()
        with self._lock:
            known = self._known.get(user)
        if known is not None and abs(now - known[0]) < _FRESH:
            return known[1]
        absent = self._ask(user, now)
        with self._lock:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[user] = (now, absent)
        return absent

    def _ask(self, user: str, now: datetime) -> bool:
        days = {"from": (now - _DAY).date().isoformat(), "to": (now + _DAY).date().isoformat()}
        try:
            said = self._portal.call("calendar.accessibility.get", {"users": [user], **days})
        except PluginError:  # away, or the webhook may not read calendars: the schedule stands
            return False
        return any(_covers(entry, now) for entry in _entries(said, user))


def _entries(said: JsonValue, user: str) -> Iterable[Mapping[str, JsonValue]]:
    found = said.get(user) if isinstance(said, dict) else None
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else ()


def _covers(entry: Mapping[str, JsonValue], now: datetime) -> bool:
    if entry.get("ACCESSIBILITY") != "absent":
        return False
    try:
        begins, ends = (
            datetime.fromtimestamp(int(str(entry[name])), UTC)
            for name in ("DATE_FROM_TS_UTC", "DATE_TO_TS_UTC")
        )
    except (KeyError, ValueError, OverflowError, OSError):
        return False
    whole_days = entry.get("DT_SKIP_TIME") == "Y"  # the last day is meant to its end
    return begins <= now < ends + (_DAY if whole_days else timedelta(0))
