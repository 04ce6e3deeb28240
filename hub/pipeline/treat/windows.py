"""Maintenance windows: those of the settings, and those that administrators opened in chat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from hub.pipeline.route import matches
from hub.pipeline.treat.ready import digest
from hub.plugin import Clock, Notification, Store
from hub.settings import Maintenance, Match

_PREFIX = "maintenance:"
#: How long what another process has opened may go unseen.
_FRESH = timedelta(seconds=2)
#: More windows than this are no maintenance.
MOST = 50


class Window(BaseModel):
    """A time in which what matches reaches nobody.

    Attributes:
        dialog: where it was opened, and where its end is told; empty for one of the settings.
        actor: who opened it.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    match: Match
    starts: datetime
    ends: datetime
    dialog: str = ""
    actor: str = ""

    @property
    def conditions(self) -> str:
        """What it is about, as it is typed."""
        named = {"instance": self.match.instance, "kind": self.match.kind, "severity": self.match.severity}
        pairs = {name: values for name, values in (*named.items(), *self.match.labels.items()) if values}
        return " ".join(f"{name}={'|'.join(map(str, values))}" for name, values in pairs.items())

    @property
    def reason(self) -> str:
        """Why somebody hears nothing."""
        until = f"{self.ends.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        by = f" by user {self.actor}" if self.actor else ""
        about = f" of {self.conditions}" if self.conditions else ""
        return f"maintenance{about}{by} until {until}"


class Windows:
    """Finds the window that a notification falls into.

    Args:
        zone: of times in the settings that name none.
        store: the hub's own.
    """

    def __init__(self, tables: Sequence[Maintenance], zone: ZoneInfo, *, store: Store, clock: Clock) -> None:
        self._written = tuple(_written(table, zone) for table in tables)
        self._store = store
        self._clock = clock
        self._lock = Lock()
        self._opened: tuple[Window, ...] = ()
        self._until: datetime | None = None

    def around(self, instance: str, notification: Notification) -> Window | None:
        """Return the window that *notification* falls into; of several the one that ends last."""
        found = [window for window in self.in_force() if matches(window.match, instance, notification)]
        return max(found, key=lambda window: window.ends, default=None)

    def in_force(self) -> tuple[Window, ...]:
        """Return those whose time it is."""
        now = self._clock.now()
        everything = (*self._written, *self._remembered(now))
        return tuple(window for window in everything if window.starts <= now < window.ends)

    def get(self, id: str) -> Window | None:
        """Return one of them."""
        return next((window for window in (*self._written, *self.opened()) if window.id == id), None)

    def written(self) -> tuple[Window, ...]:
        """Return those of the settings that are not over."""
        now = self._clock.now()
        return tuple(window for window in self._written if window.ends > now)

    def opened(self) -> tuple[Window, ...]:
        """Return those of people."""
        return tuple(Window.model_validate(kept) for _, kept in self._store.scan(_PREFIX))

    def open(self, window: Window) -> None:
        """Keep a window, until what was suppressed in it has been told."""
        self._store.set(f"{_PREFIX}{window.id}", window.model_dump(mode="json"))
        self.forget()

    def close(self, id: str) -> None:
        """Forget a window of people's; an unknown one is fine."""
        self._store.delete(f"{_PREFIX}{id}")
        self.forget()

    def forget(self) -> None:
        """Look anew when next asked."""
        with self._lock:
            self._until = None

    def _remembered(self, now: datetime) -> tuple[Window, ...]:
        with self._lock:
            if self._until is not None and self._until - _FRESH <= now < self._until:
                return self._opened
        opened = self.opened()
        with self._lock:
            self._opened, self._until = opened, now + _FRESH
        return opened


def _written(table: Maintenance, zone: ZoneInfo) -> Window:
    def moment(at: datetime) -> datetime:
        return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)

    starts, ends = moment(table.starts), moment(table.ends)
    id = digest(table.match.model_dump_json(), starts.isoformat(), ends.isoformat())
    return Window(id=id, match=table.match, starts=starts, ends=ends)
