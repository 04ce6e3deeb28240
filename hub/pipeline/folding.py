"""Folding cards: opened while planning or recording, kept true by a duty, closed when what made them is over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from hub.pipeline.folding_words import GLIMPSE, HUB, PER_PAGE, Page, card, thread_of
from hub.plugin import Mode, Notification
from hub.storage.database import Database
from hub.storage.folding import (
    EDITED_FOR,
    FoldKind,
    forget,
    keep_waiting,
    lines,
    shown_in,
    tally,
    unfinished,
    unsettled,
)
from hub.storage.ids import IdFactory
from hub.storage.statements import add
from hub.storage.states import Lane
from hub.storage.tables import FloodWindow, FoldingCard, NotificationRow, Outbox

#: A card is edited this often at first, then ever more rarely: after a tenth of its age.
_EDIT_EVERY = timedelta(seconds=5)
_EDIT_AT_LEAST_EVERY = timedelta(minutes=1)
#: Who turned a page longer ago than this reads no more.
_READING = timedelta(minutes=5)
#: What expires this long after the last of an outage belongs to another one.
_SAME_OUTAGE = timedelta(minutes=10)


class FoldingCards:
    """The hub's own cards. Each lives in a thread of its own in one dialog, and nobody routes it.

    Args:
        keep: how long it is remembered what a card stands for.
    """

    def __init__(self, database: Database, ids: IdFactory, keep: timedelta) -> None:
        self._database = database
        self._ids = ids
        self._keep = keep

    def open(
        self,
        session: Session,
        kind: FoldKind,
        now: datetime,
        *,
        dialog: str,
        origin: str,
        lane: int,
        instance: str = "",
        critical: bool = False,
        rate: str = "",
    ) -> FoldingCard:
        """Begin a card; :meth:`post` it when the first deliveries are folded."""
        row = FoldingCard(
            id=self._ids.new("d"),
            kind=kind,
            instance=instance,
            dialog=dialog,
            critical=critical,
            rate=rate,
            origin=origin,
            lane=lane,
            opened_at=now,
            folded_at=now,
            edited_at=now,
            changed=False,
        )
        add(session, row)
        return row

    def post(self, session: Session, row: FoldingCard, now: datetime) -> None:
        """Plan the card's first delivery."""
        key = thread_of(row.id)
        self._plan(session, row, self._card(session, row, key=key, opens=True), [row.dialog], now, row.id)

    def keep(self) -> None:
        """Close the cards whose time is over, and bring those up to date that say something outdated."""
        with self._database.read() as session:
            found = unsettled(session)
        for each in found:
            with self._database.write() as session:
                self._settle(session, each, self._database.now(session))

    def refresh(self, session: Session, row: FoldingCard, now: datetime, *, at_once: bool = False) -> None:
        """Let the card say what it stands for now, on the page that is read, unless it was edited a moment ago.

        A delivery that nobody tried yet gets the new words; otherwise an edit follows.
        """
        waiting = unfinished(session, HUB, thread_of(row.id))
        if waiting:
            row.changed = not all(self._reword(session, row, each) for each in waiting)
            return
        pause = min(max(_EDIT_EVERY, (row.edited_at - row.opened_at) / 10), _EDIT_AT_LEAST_EVERY)
        if now < row.edited_at + pause and not at_once:
            return
        row.changed = False
        dialogs = [shown.dialog for shown in shown_in(session, HUB, thread_of(row.id))]
        if dialogs:
            row.edits += 1
            row.edited_at = now
            key = f"{thread_of(row.id)}:{row.edits}"
            self._plan(session, row, self._card(session, row, key=key, opens=False), dialogs, now)

    def turn(self, id: str, number: int, *, key: str) -> Notification | None:
        """Turn a card to a page of what it stands for, 0 = back, and return its new words; None when it is forgotten.

        The page stays, and what is on it, until somebody turns it or has done so for the last time a while ago.
        """
        with self._database.write() as session:
            row = session.get(FoldingCard, id, with_for_update=True)
            if row is None:
                return None
            now = self._database.now(session)
            if not row.page:
                row.page_total = tally(session, row.id).total
            row.page = min(max(number, 0), _pages(row.page_total))
            row.read_until = now + _READING if row.page else None
            row.edited_at = now
            return self._card(session, row, key=key, opens=False)

    def forget(self) -> None:
        """Forget what is over."""
        with self._database.write() as session:
            forget(session, self._database.now(session), self._keep)

    def _settle(self, session: Session, known: FoldingCard, now: datetime) -> None:
        place = (known.instance, known.dialog, known.critical)
        # in the order in which planning takes them
        window = session.get(FloodWindow, place, with_for_update=True) if known.rate else None
        row = session.get(FoldingCard, known.id, with_for_update=True)
        if row is None:
            return
        over = row.closed_at is None and _is_over(session, row, window, now)
        if over:
            row.closed_at = now
            row.changed = row.changed or row.kind == FoldKind.STORM
            if window is not None and window.storm == row.id:
                window.storm = None
        if row.read_until is not None and row.read_until <= now:
            row.page, row.read_until = 0, None
            row.changed = row.changed or now < row.opened_at + EDITED_FOR
        if row.changed:
            self.refresh(session, row, now, at_once=over)

    def _reword(self, session: Session, row: FoldingCard, delivery: Outbox) -> bool:
        if not keep_waiting(session, delivery.id):
            return False
        fact = session.get_one(NotificationRow, delivery.notification_id)
        words = self._card(session, row, key=fact.key, opens=delivery.mode == Mode.OPEN)
        fact.content, fact.severity = words.model_dump(mode="json"), words.severity.value
        return True

    def _card(self, session: Session, row: FoldingCard, *, key: str, opens: bool) -> Notification:
        counted, kind = tally(session, row.id), FoldKind(row.kind)
        oldest_first = kind is FoldKind.AWAY
        offset = 0
        if row.page:  # what came since the reading began is in front of the first page
            offset = (row.page - 1) * PER_PAGE + (0 if oldest_first else counted.total - row.page_total)
        folded = lines(
            session,
            row.id,
            limit=PER_PAGE if row.page else GLIMPSE[kind],
            offset=offset,
            oldest_first=oldest_first,
        )
        page = Page(number=row.page, of=_pages(row.page_total), folded=folded)
        return card(row, counted, page, key=key, opens=opens)

    def _plan(
        self,
        session: Session,
        row: FoldingCard,
        words: Notification,
        dialogs: Sequence[str],
        now: datetime,
        id: str | None = None,
    ) -> None:
        why = "stands for messages that are not shown one by one"
        fact = NotificationRow(
            id=self._ids.new("n"),
            instance=HUB,
            key=words.key,
            kind=words.kind,
            severity=words.severity.value,
            thread=words.thread,
            content=words.model_dump(mode="json"),
            decision={
                "rules": [],
                "route": "a card of the hub's own",
                "addresses": [],
                "recipients": [{"dialog": dialog, "reason": why} for dialog in dialogs],
                "problems": [],
                "edits": [],
            },
            origin=row.origin,
            created_at=now,
        )
        add(session, fact)
        for dialog in dialogs:
            add(
                session,
                Outbox(
                    id=id or self._ids.new("d"),
                    notification_id=fact.id,
                    instance=HUB,
                    key=words.key,
                    dialog=dialog,
                    thread=words.thread,
                    mode=words.mode.value,
                    lane=Lane(row.lane),
                    recipient=why,
                    due_at=now,
                    created_at=now,
                ),
            )


def _pages(total: int) -> int:
    return max(1, -(-total // PER_PAGE))


def _is_over(session: Session, row: FoldingCard, window: FloodWindow | None, now: datetime) -> bool:
    if row.kind == FoldKind.STORM:
        return window is None or window.storm != row.id or window.over_at <= now
    return now >= row.folded_at + _SAME_OUTAGE and not unfinished(session, HUB, thread_of(row.id))
