"""Fetching: what people click and type, out of the bot's queue at the portal and into the inbox."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from hub.bitrix24 import Call, Client, Done, EventFeed, Failed, FeedPage, Outcome
from hub.bitrix24.errors import BotRefused, OutcomeUnknown, PortalError
from hub.pipeline.backoff import LONGEST_PORTAL_PAUSE, wait_before
from hub.pipeline.bot import Bot
from hub.pipeline.credentials_in_events import without_credentials
from hub.pipeline.folding_words import HUB
from hub.pipeline.warmth import Warmth
from hub.plugin import Clock
from hub.storage.database import Database
from hub.storage.ids import IdFactory
from hub.storage.inbox import InboxRows
from hub.storage.states import InboxKind
from hub.storage.tables import Fact, Inbox
from hub.storage.upsert import upsert

log = structlog.get_logger("hub.fetch")

#: How often the queue is looked at while clicks are likely, and otherwise.
_WARM, _COLD = timedelta(seconds=1), timedelta(seconds=5)
#: When more waits, the portal wants to be left alone for so long.
_MORE = timedelta(seconds=2)
#: As long as the lease of this duty lives.
_HELD_FOR = timedelta(seconds=4)
_PAGE = 200


class Fetching:
    """Run under a lease: a second reader would take events away from the first.

    A look costs a request of two a second. So where requests go to the portal anyway, it rides along with one of
    them (:meth:`ride`, :meth:`arrived`), and :meth:`turn` has nothing left to do.

    Args:
        ring: told when something came.
    """

    def __init__(
        self,
        *,
        database: Database,
        inbox: InboxRows,
        ids: IdFactory,
        client: Client,
        bot: Bot,
        warmth: Warmth,
        clock: Clock,
        ring: Callable[[str], None],
    ) -> None:
        self._database = database
        self._inbox = inbox
        self._ids = ids
        self._client = client
        self._bot = bot
        self._warmth = warmth
        self._clock = clock
        self._ring = ring
        self._lock = threading.Lock()
        self._looking: tuple[EventFeed, int | None] | None = None
        self._looked_at: datetime | None = None
        self._pause = timedelta(0)
        self._troubles = 0
        self._held_at: datetime | None = None

    def turn(self) -> None:
        """Look at the queue, if it is time; the caller holds the lease."""
        self._held_at = self._clock.now()
        if self._bot.may_be_fetched and self._is_time(share=1.0):
            self.look()

    def look(self) -> None:
        """Look at the queue now."""
        call = self._begin()
        if call is None:
            return
        try:
            answer = self._client.call(call.method, call.params, priority=True, repeatable=True)
        except PortalError as exc:
            self.arrived(Failed(exc))
        except BaseException:
            self.arrived(None)
            raise
        else:
            self.arrived(Done(answer))

    def is_waiting(self) -> bool:
        """Say whether a look should ride along with the next request."""
        return self._is_ours() and self._bot.is_fetched and self._is_time(share=0.5)

    def ride(self) -> Call | None:
        """Return a look that rides along with a request; :meth:`arrived` must follow."""
        return self._begin() if self.is_waiting() else None

    def arrived(self, outcome: Outcome | None) -> None:
        """Take what a look brought; None = it was not sent."""
        with self._lock:
            looking, self._looking = self._looking, None
        if looking is None:
            return
        feed, offset = looking
        match outcome:
            case Done(answer=answer):
                try:
                    page = feed.read(answer.result, offset)
                except OutcomeUnknown as exc:
                    self._failed(exc)
                else:
                    self._keep(feed, offset, page)
            case Failed(error=error):
                self._failed(error)

    def _is_ours(self) -> bool:
        """Say whether the lease was held a moment ago; who looks without it reads what another one reads."""
        return self._held_at is not None and abs(self._clock.now() - self._held_at) < _HELD_FOR

    def _is_time(self, *, share: float) -> bool:
        if self._looking is not None:
            return False
        now = self._clock.now()
        if self._looked_at is None or self._looked_at > now:  # not yet, or the clock was set back
            return True
        waited = now - self._looked_at
        if self._pause:
            return waited >= self._pause
        # whether it is warm is written in the database, so it is asked only where it makes a difference
        return waited >= _COLD * share or (waited >= _WARM * share and self._warmth.is_on())

    def _begin(self) -> Call | None:
        try:
            feed = self._bot.feed()
        except PortalError as exc:
            self._failed(exc)
            return None
        if feed is None:
            return None
        with self._lock:
            if self._looking is not None:
                return None
            offset = self._offset(feed)
            self._looking = (feed, offset)
            self._looked_at = self._clock.now()
        return feed.call(offset, _PAGE)

    def _failed(self, error: PortalError) -> None:
        if isinstance(error, BotRefused):
            self._bot.forget()
        self._looked_at = self._clock.now()
        self._troubles += 1
        self._pause = min(wait_before(self._troubles), LONGEST_PORTAL_PAUSE)
        if self._troubles == 1:
            log.warning("clicks cannot be fetched", reason=str(error))

    def _keep(self, feed: EventFeed, offset: int | None, page: FeedPage) -> None:
        if page.events or page.next_offset != offset:
            with self._database.write() as session:
                now = self._database.now(session)
                for event in page.events:
                    self._inbox.add_in(session, self._row(feed, event.id, event.raw, now))
                upsert(session, Fact(name=_fact(feed), value=page.next_offset))
        if self._troubles:
            log.info("clicks are fetched again", failed_tries=self._troubles)
        self._troubles, self._pause = 0, _MORE if page.has_more else timedelta(0)
        if page.events:
            self._warmth.note()
            log.info("clicks fetched", events=len(page.events))
            self._ring(HUB)

    def _offset(self, feed: EventFeed) -> int | None:
        with self._database.read() as session:
            return _known(session, feed)

    def _row(self, feed: EventFeed, number: int, raw: object, now: datetime) -> Inbox:
        return Inbox(
            id=self._ids.new("e"),
            instance=HUB,
            kind=InboxKind.PORTAL_EVENT,
            key=f"bot:{feed.bot}:{number}",
            received_at=now,
            request={"via": "fetch"},
            body=json.dumps(without_credentials(raw), ensure_ascii=False).encode("utf-8", "replace"),
            due_at=now,
        )


def _fact(feed: EventFeed) -> str:
    return f"bot-events:{feed.bot}"


def _known(session: Session, feed: EventFeed) -> int | None:
    fact = session.get(Fact, _fact(feed))
    return fact.value if fact is not None and isinstance(fact.value, int) else None
