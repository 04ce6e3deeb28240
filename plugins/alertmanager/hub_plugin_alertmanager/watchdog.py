"""The Watchdog: an alert that always fires. When it stays away, no other alert would come either."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from hub.plugin import Context, Duration, Mode, Moment, Notification, Severity, T, field

TIMER = "watchdog"

_SEEN, _SILENT = "watchdog:seen", "watchdog:silent"
#: After the hub itself was down, Alertmanager has so long to report.
_GRACE = timedelta(minutes=5)


class Watchdog:
    """Arms a timer with every Watchdog alert; when it fires, Alertmanager was silent for too long.

    Args:
        within: how long it may be.
        to: who is told, where no route says otherwise.
    """

    def __init__(self, ctx: Context, within: timedelta, to: Sequence[str]) -> None:
        self._ctx = ctx
        self._within = within
        self._to = tuple(to)

    def begin(self) -> None:
        """Wait for the first alert; what came due while the hub was down gets a little longer."""
        now = self._ctx.clock.now()
        if self._ctx.store.get(_SILENT) is not None:
            return
        seen = self._moment(_SEEN)
        if seen is None:
            self._ctx.store.set(_SEEN, now.isoformat())
        due = max((seen or now) + self._within, now + min(_GRACE, self._within))
        self._ctx.timers.set(TIMER, TIMER, due)

    def beat(self, at: datetime) -> Iterator[Notification]:
        """Note an alert, and tell that it is back."""
        seen, silent = self._moment(_SEEN), self._moment(_SILENT)
        if seen is not None and seen > at:
            return  # an older one that was processed late
        self._ctx.store.set(_SEEN, at.isoformat())
        self._ctx.timers.set(TIMER, TIMER, at + self._within)
        if silent is not None:
            self._ctx.store.delete(_SILENT)
            yield Notification(
                key=f"watchdog:back:{silent.isoformat()}",
                kind="alertmanager.watchdog.back",
                title=T("{name} reports again", name=self._ctx.name),
                severity=Severity.INFO,
                fields=(field(T("Was silent for"), Duration(length=at - silent)),),
                to=self._to,
                thread=_thread(silent),
                mode=Mode.UPDATE,
                occurred_at=at,
            )

    def silence(self) -> Iterator[Notification]:
        """Tell that alerts stay away, if they do."""
        now, seen = self._ctx.clock.now(), self._moment(_SEEN)
        if seen is None or seen + self._within > now or self._ctx.store.get(_SILENT) is not None:
            return
        self._ctx.store.set(_SILENT, seen.isoformat())
        yield Notification(
            key=f"watchdog:silent:{seen.isoformat()}",
            kind="alertmanager.watchdog.silent",
            title=T("{name} is silent: alerts may not arrive", name=self._ctx.name),
            severity=Severity.CRITICAL,
            fields=(
                field(T("Last report"), Moment(at=seen)),
                field(T("Expected every"), Duration(length=self._within)),
            ),
            to=self._to,
            thread=_thread(seen),
            loud=True,
            occurred_at=now,
        )

    def _moment(self, key: str) -> datetime | None:
        kept = self._ctx.store.get(key)
        return None if kept is None else datetime.fromisoformat(str(kept))


def _thread(seen: datetime) -> str:
    return f"watchdog:{seen.isoformat()}"
