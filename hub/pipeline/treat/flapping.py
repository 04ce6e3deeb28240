"""Flapping: a thread that opens and recovers again and again becomes one quiet card, until it calms down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from hub.pipeline.addressing import Addressed
from hub.pipeline.follows import Follows, Ready
from hub.pipeline.treat.ready import Treatment, decided, digest, with_notification
from hub.plugin import (
    Clock,
    Duration,
    Mode,
    Notification,
    Store,
    T,
    TimerFired,
    Timers,
    field,
)
from hub.settings import PluginTable

TIMER = "calm"

_NAME = T("Flapping")
_KEEP = timedelta(days=30)


class _Seen(BaseModel):
    """What is known of a thread.

    Attributes:
        changes: when it opened or recovered, as far as that counts.
        since: when it began to flap.
        latest: key of what was told last, shown or not.
    """

    model_config = ConfigDict(frozen=True)

    instance: str
    open: bool = False
    changes: tuple[datetime, ...] = ()
    since: datetime | None = None
    latest: str = ""


class Flapping:
    """Counts for the instances whose ``flap_limit`` is set.

    Args:
        store, timers: the hub's own.
        told: a fact's words, by instance and key.
        onward: what is done with the card's words once it is calm.
    """

    def __init__(
        self,
        *,
        tables: Mapping[str, PluginTable],
        store: Store,
        timers: Timers,
        clock: Clock,
        told: Callable[[str, str], Notification | None],
        onward: Treatment,
    ) -> None:
        self._tables = {name: table for name, table in tables.items() if table.flap_limit}
        self._store = store
        self._timers = timers
        self._clock = clock
        self._told = told
        self._onward = onward

    def treat(self, instance: str, addressed: Addressed) -> Addressed:
        """Count, and keep quiet what was told too often."""
        notification, table = addressed.notification, self._tables.get(instance)
        if table is None or not notification.thread or notification.suppressed or addressed.decision.dropped:
            return addressed
        id, now = digest(instance, notification.thread), self._clock.now()
        seen = self._seen(id) or _Seen(instance=instance)
        if seen.latest == notification.key:
            return addressed  # told once more, as after a replay
        is_open = not notification.is_over
        changed = is_open != seen.open
        changes = tuple(at for at in seen.changes if now - at < table.flap_window) + (
            (now,) if changed else ()
        )
        seen = seen.model_copy(
            update={
                "open": is_open,
                "changes": changes[-table.flap_limit - 1 :],
                "latest": notification.key,
            }
        )
        begins = seen.since is None and len(changes) > table.flap_limit
        if begins:
            seen = seen.model_copy(update={"since": now})
        self._store.set(f"flap:{id}", seen.model_dump(mode="json"), ttl=_KEEP)
        if seen.since is None:
            return addressed
        if changed:
            self._timers.set(TIMER, id, now + table.flap_window)
        if not begins:
            why = f"flapping since {seen.since:%Y-%m-%d %H:%M:%S} UTC; its card is quiet until it calms down"
            return with_notification(addressed, notification.suppress(why))
        words = T(
            "{n} changes within {window}; quiet until it calms down",
            n=len(changes),
            window=Duration(length=table.flap_window),
        )
        quiet = {"fields": (*notification.fields, field(_NAME, words)), "loud": False}
        return with_notification(addressed, notification.model_copy(update=quiet))

    def fired(self, fired: TimerFired, origin: str) -> Follows:
        """Let the card say how things are, now that they stay so."""
        id = fired.key
        seen = self._seen(id)
        if seen is None or seen.since is None:
            return Follows(reason="it has calmed down already")
        calm = seen.model_copy(update={"since": None, "changes": ()})
        self._store.set(f"flap:{id}", calm.model_dump(mode="json"), ttl=_KEEP)
        told = self._told(seen.instance, seen.latest)
        if told is None:
            return Follows(reason="what it was about is no longer kept")
        words = told.model_copy(
            update={
                "key": f"{told.key.partition('#')[0][:400]}#calm:{seen.since.isoformat()}",
                "fields": tuple(row for row in told.fields if row.name != _NAME),
                "mode": Mode.UPDATE,
                "loud": False,
                "suppressed": "",
                "occurred_at": None,
            }
        )
        addressed = self._onward(seen.instance, decided(words, "it has calmed down"))
        return Follows(ready=(Ready(instance=seen.instance, addressed=addressed),))

    def _seen(self, id: str) -> _Seen | None:
        kept = self._store.get(f"flap:{id}")
        return None if kept is None else _Seen.model_validate(kept)
