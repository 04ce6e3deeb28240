"""What each group's card has shown as firing, to tell news from repetition."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from pydantic import JsonValue

from hub.plugin import Store
from hub_plugin_alertmanager.parse import AlertEvent

#: A group that has been quiet for so long begins anew.
_KEPT = timedelta(days=30)
#: Keeps a group of any size below the store's limit of 64 KB a key.
_MOST = 3000


class ShownAlerts:
    """Memory of one instance, in its store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def remember(self, alerts: Sequence[AlertEvent]) -> bool:
        """Note what *alerts*, one message of a group, show.

        Returns:
            Whether the group has been shown before and something fires now that was not: an edited card
            makes no push, so this one has to be posted anew.
        """
        key = f"shown:{_short(alerts[0].group.thread)}"
        known = self._store.get(key)
        shown = [str(mark) for mark in known] if isinstance(known, list) else []
        firing = [_short(alert.event_id) for alert in alerts if alert.firing]
        over = {_short(alert.event_id) for alert in alerts if not alert.firing}
        new = [mark for mark in firing if mark not in set(shown)]
        still: list[JsonValue] = [mark for mark in shown if mark not in over]
        self._store.set(key, [*still, *new][-_MOST:], ttl=_KEPT)
        return known is not None and bool(new)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
