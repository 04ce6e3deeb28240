"""A bot's queue at the portal, ``imbot.v2.Event.get``: the calls, and what their answers mean.

The portal keeps an event for a day. It deletes an event once a call carries an offset above the
event's id, so the offset is passed on only after the events before it are stored. One reader per bot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.bitrix24.bot_event_fields import flag
from hub.bitrix24.calls import Call, whole
from hub.bitrix24.errors import OutcomeUnknown

#: What the portal takes; it sends 100 when not asked.
MAX_LIMIT = 1000


@dataclass(frozen=True, kw_only=True)
class FetchedEvent:
    """One event as the portal gave it, for `hub.bitrix24.bot_events.fetched_event`.

    Attributes:
        id: unique for the bot and rising; the same event may come again.
    """

    id: int
    raw: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class FeedPage:
    """One answer.

    Attributes:
        next_offset: for the next call once the events are stored; None while nothing has ever come.
        has_more: more events wait already.
    """

    events: tuple[FetchedEvent, ...]
    next_offset: int | None
    has_more: bool


class EventFeed:
    """Translates for one bot; does no I/O.

    Args:
        token: the bot's secret with a webhook; None with an application.
    """

    def __init__(self, bot_id: str, token: str | None) -> None:
        self.bot = bot_id
        self._owner: dict[str, Any] = {"botId": int(bot_id)}
        if token is not None:
            self._owner["botToken"] = token

    def call(self, offset: int | None, limit: int = 100) -> Call:
        """Return the call for at most *limit* events from *offset* on, which confirms all before it.

        Args:
            offset: `FeedPage.next_offset` of the last page; None on the very first call.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise ValueError(f"a page has 1 to {MAX_LIMIT} events, not {limit}")
        params: dict[str, Any] = {**self._owner, "limit": limit}
        if offset is not None:
            params["offset"] = offset
        return Call("imbot.v2.Event.get", params)

    def read(self, result: Any, offset: int | None) -> FeedPage:
        """Read the result of `call` with the same *offset*, below which the next one never falls.

        Raises:
            OutcomeUnknown: it is no page of events.
        """
        if not isinstance(result, Mapping):
            raise OutcomeUnknown("the portal answered without a page of events")
        events = tuple(sorted(_events(result.get("events")), key=lambda event: event.id))
        known = [_position(result.get("nextOffset")) or 0, offset or 0]
        following = max([*known, *(event.id + 1 for event in events)]) or None
        return FeedPage(
            events=events,
            next_offset=following,
            # a page that moves nothing would be asked for without end
            has_more=flag(result.get("hasMore")) and following != offset,
        )


def _events(found: object) -> list[FetchedEvent]:
    rows = found.values() if isinstance(found, Mapping) else found if isinstance(found, list) else ()
    return [
        FetchedEvent(id=number, raw=row)
        for row in rows
        if isinstance(row, Mapping) and (number := _position(row.get("eventId"))) is not None
    ]


def _position(value: object) -> int | None:
    number = whole(value)
    return number if number is not None and 0 <= number < 1 << 62 else None
