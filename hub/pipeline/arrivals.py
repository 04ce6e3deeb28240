"""Arrivals."""

from __future__ import annotations

import json

from hub.bitrix24.bot_events import fetched_event
from hub.pipeline.act.incoming import Incoming
from hub.pipeline.follows import Follows
from hub.storage.tables import Inbox


class Arrivals:
    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming

    def follows(self, row: Inbox) -> Follows:
        tree = json.loads(row.body or b"{}")
        return self._incoming.follows(row, fetched_event(tree))
