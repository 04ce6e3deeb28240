"""Maintenance: what falls into a window reaches nobody, and is told in one message when the window ends.

Only what opens a card is held back. A card that is shown already goes on changing, so that what recovers meanwhile
is seen to have recovered.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hub.bitrix24.dialogs import is_person
from hub.pipeline.addressing import Addressed
from hub.pipeline.follows import Follows
from hub.pipeline.treat.ready import digest, with_notification
from hub.pipeline.treat.windows import Window, Windows
from hub.plugin import (
    Clock,
    Mode,
    Moment,
    Notification,
    Store,
    T,
    TimerFired,
    Timers,
    Value,
    field,
    lines,
    plain,
)

TIMER = "maintenance-over"

_HELD = "held-back:"
_KEEP = timedelta(days=30)
_MOST_TITLES = 10
#: Stands in front of what is over already.
_SOLVED = "✅ "
_TITLE = 200


class Holding:
    """Holds back what falls into a window.

    Args:
        store, timers: the hub's own.
        tell: addresses of those who are told of the end of a window of the settings.
    """

    def __init__(
        self, windows: Windows, *, store: Store, timers: Timers, clock: Clock, tell: Sequence[str]
    ) -> None:
        self._windows = windows
        self._store = store
        self._timers = timers
        self._clock = clock
        self._tell = tuple(tell)

    def treat(self, instance: str, addressed: Addressed) -> Addressed:
        """Hold *addressed* back where a window says so."""
        notification = addressed.notification
        if notification.suppressed or addressed.decision.dropped:
            return addressed
        if notification.mode is not Mode.OPEN:
            if notification.is_over:
                self._mark_solved(instance, notification)
            return addressed
        window = self._windows.around(instance, notification)
        if window is None:
            return addressed
        title = plain(notification.title)[:_TITLE]
        self._store.set(_key(window, instance, notification), title, ttl=_KEEP)
        self._timers.set(TIMER, window.id, window.ends)
        return with_notification(addressed, notification.suppress(window.reason))

    def fired(self, fired: TimerFired, origin: str) -> Follows:
        """Tell what was held back."""
        window = self._windows.get(fired.key)
        if window is not None and window.ends > self._clock.now():
            return Follows(reason="the window is still open")
        held = dict(self._store.scan(f"{_HELD}{fired.key}:"))
        for key in held:
            self._store.delete(key)
        self._windows.close(fired.key)
        if not held and (window is None or not window.dialog):
            return Follows(reason="nothing was held back")
        titles = sorted(str(title) for title in held.values())
        to = (_address(window.dialog),) if window is not None and window.dialog else self._tell
        return Follows(notifications=(_summary(fired, window, titles, to),))

    def end(self, window: Window) -> None:
        """End a window of people's now."""
        now = self._clock.now()
        self._windows.open(window.model_copy(update={"ends": now}))
        self._timers.set(TIMER, window.id, now)

    def begin(self, window: Window) -> None:
        """Open a window, whose end will be told."""
        self._windows.open(window)
        self._timers.set(TIMER, window.id, window.ends)

    def _mark_solved(self, instance: str, notification: Notification) -> None:
        # what ended has another severity and kind, which a window may ask for
        for window in self._windows.in_force():
            key = _key(window, instance, notification)
            if held := self._store.get(key):
                self._store.set(key, _SOLVED + str(held).removeprefix(_SOLVED), ttl=_KEEP)


def _key(window: Window, instance: str, notification: Notification) -> str:
    return f"{_HELD}{window.id}:{digest(instance, notification.thread or notification.key)}"


def _summary(
    fired: TimerFired, window: Window | None, titles: Sequence[str], to: tuple[str, ...]
) -> Notification:
    shown: list[Value] = list(titles[:_MOST_TITLES])
    if (more := len(titles) - _MOST_TITLES) > 0:
        shown.append(T("… and {n} more", "… and {n} more", n=more))
    about = window.conditions if window is not None else ""
    return Notification(
        key=f"maintenance:{fired.key}:{fired.due_at.isoformat()}",
        kind="hub.maintenance",
        title=T(
            "Maintenance is over; {n} message was held back",
            "Maintenance is over; {n} messages were held back",
            n=len(titles),
        ),
        text=lines(*shown) if shown else "",
        fields=(
            *((field(T("Was about"), about),) if about else ()),
            *((field(T("Began"), Moment(at=window.starts)),) if window is not None else ()),
        ),
        to=to,
        occurred_at=fired.due_at,
    )


def _address(dialog: str) -> str:
    return f"user:{dialog}" if is_person(dialog) else f"chat:{dialog.removeprefix('chat')}"
