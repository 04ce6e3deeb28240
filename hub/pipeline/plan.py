"""Plan: the outbox rows of a notification, inside the transaction that ends its origin.

Threads: a dialog shows one living card per thread. A row that nobody tried yet is superseded by newer content;
otherwise the newest content waits behind it as an edit, and older waiting edits are superseded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, update
from sqlmodel import Session, SQLModel, col

from hub.observe.counts import DeliveryCounts
from hub.pipeline.deliver.away import Away
from hub.pipeline.flood import Flood
from hub.pipeline.muting import Muting
from hub.pipeline.resolve import Resolution
from hub.pipeline.route import Decision
from hub.plugin import DeliveryState, Mode, Notification, Severity
from hub.storage.chat_tables import Mute
from hub.storage.columns import Instant
from hub.storage.direct import run
from hub.storage.fixed import fixed
from hub.storage.ids import IdFactory
from hub.storage.serial import one_at_a_time
from hub.storage.statements import add, add_new, change
from hub.storage.states import SUPERSEDED_BY, Lane, Op
from hub.storage.tables import EarlyUpdate, NotificationRow, Outbox, Thread
from hub.storage.upsert import upsert

#: How long an update that found no card waits for one, because senders reorder.
EARLY_UPDATE_LIFE = timedelta(minutes=10)

_UPDATE_ONLY = "no card of this thread yet; kept for 10 minutes in case it opens"

# built once, because they run for every event
_KNOWN_FACT = select(NotificationRow).where(
    col(NotificationRow.instance) == bindparam("of_instance"), col(NotificationRow.key) == bindparam("of_key")
)
_KNOWN_CARD = select(col(Outbox.id)).where(
    col(Outbox.instance) == bindparam("of_instance"),
    col(Outbox.key) == bindparam("of_key"),
    col(Outbox.dialog) == bindparam("of_dialog"),
    col(Outbox.op) == Op.CARD,
)
_EARLY = (
    select(col(EarlyUpdate.notification_id), col(EarlyUpdate.occurred_at), col(EarlyUpdate.expires_at))
    .where(
        col(EarlyUpdate.instance) == bindparam("of_instance"),
        col(EarlyUpdate.thread) == bindparam("of_thread"),
    )
    .order_by(col(EarlyUpdate.notification_id))
)
_COMING_TO = select(col(Outbox.dialog)).where(
    col(Outbox.instance) == bindparam("of_instance"),
    col(Outbox.thread) == bindparam("of_thread"),
    col(Outbox.state).in_([fixed(DeliveryState.PENDING), fixed(DeliveryState.SENDING)]),
)
_SHOWN_IN = select(col(Thread.dialog)).where(
    col(Thread.instance) == bindparam("of_instance"), col(Thread.thread) == bindparam("of_thread")
)
_OUTBOX = SQLModel.metadata.tables["outbox"].c
_SUPERSEDE = (
    update(SQLModel.metadata.tables["outbox"])
    .where(
        _OUTBOX.instance == bindparam("of_instance"),
        _OUTBOX.thread == bindparam("of_thread"),
        _OUTBOX.dialog == bindparam("of_dialog"),
        _OUTBOX.op == fixed(Op.CARD),
        # said twice, so that the index of threads serves
        _OUTBOX.state.in_([fixed(DeliveryState.PENDING), fixed(DeliveryState.SENDING)]),
        _OUTBOX.state == fixed(DeliveryState.PENDING),
        _OUTBOX.attempts == 0,
    )
    .values(
        state=fixed(DeliveryState.SUPERSEDED),
        reason=bindparam("why"),
        finished_at=bindparam("moment", type_=Instant()),
    )
    .returning(_OUTBOX.mode, _OUTBOX.loud)
)


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One edited, routed and resolved notification, ready to be written.

    Attributes:
        too_late: why it is not worth a message of its own; empty when it is.
    """

    instance: str
    origin: str
    notification: Notification
    decision: Decision
    resolution: Resolution
    edits: tuple[str, ...] = ()
    lane: Lane
    op: Op = Op.CARD
    too_late: str = ""


def lane_of(notification: Notification, default: Lane = Lane.NORMAL) -> Lane:
    """Return the lane: critical ones go ahead of everything but replies."""
    return Lane.CRITICAL if notification.severity is Severity.CRITICAL else default


class Plan:
    """Writes notifications and their outbox rows."""

    def __init__(
        self,
        *,
        ids: IdFactory,
        wants_to_know: Callable[[str], bool],
        counts: DeliveryCounts,
        flood: Flood,
        away: Away,
        muting: Muting,
    ) -> None:
        self._ids = ids
        self._counts = counts
        self._flood = flood
        self._away = away
        self._muting = muting
        self._wants_to_know = wants_to_know

    def reserve(self, session: Session, planned: Sequence[Planned]) -> None:
        """Let whoever else plans for the same facts or threads wait until this transaction ends.

        Two workers would not see each other's rows: an update would find no card, and the card no update.
        """
        facts = {f"fact {item.instance} {item.notification.key}" for item in planned}
        threads = {
            f"thread {item.instance} {item.notification.thread}"
            for item in planned
            if item.notification.thread
        }
        floods = {name for item in planned for name in self._flood.turn(item.instance)}
        old = {
            recipient.dialog for item in planned if item.too_late for recipient in item.resolution.recipients
        }
        one_at_a_time(session, facts | threads | floods | self._away.turns(old))

    def write(self, session: Session, planned: Planned, now: datetime) -> NotificationRow:
        """Insert the notification, unless its key is known, and a row for each dialog that lacks one.

        Returns:
            The notification; one that was told before has another origin.
        """
        row = self._notification(planned, now)
        fresh = add_new(session, row)
        if not fresh:
            fact = {"of_instance": row.instance, "of_key": row.key}
            row = session.scalars(_KNOWN_FACT, fact).one()
        if planned.notification.suppressed or planned.decision.dropped:
            return row
        if planned.notification.mode is Mode.UPDATE:
            self._update(session, row, planned, now, fresh=fresh)
        else:
            self._open(session, row, planned, now, fresh=fresh)
        return row

    def _notification(self, planned: Planned, now: datetime) -> NotificationRow:
        notification = planned.notification
        return NotificationRow(
            id=self._ids.new("n"),
            instance=planned.instance,
            key=notification.key,
            kind=notification.kind,
            severity=notification.severity.value,
            thread=notification.thread,
            content=notification.model_dump(mode="json"),
            decision={
                "rules": list(planned.decision.rules),
                "route": planned.decision.reason,
                "addresses": list(planned.decision.addresses),
                "recipients": [
                    {"dialog": recipient.dialog, "reason": recipient.reason}
                    for recipient in planned.resolution.recipients
                ],
                "problems": list(planned.resolution.problems),
                "edits": list(planned.edits),
            },
            reason=notification.suppressed or (planned.decision.reason if planned.decision.dropped else ""),
            origin=planned.origin,
            created_at=now,
        )

    def _open(
        self, session: Session, row: NotificationRow, planned: Planned, now: datetime, *, fresh: bool
    ) -> None:
        mutes = self._mutes(session, planned, now)
        for recipient in planned.resolution.recipients:
            dialog = recipient.dialog
            if fresh or not _is_planned(session, row, dialog):
                self._add(session, row, planned, dialog, recipient.reason, now, mute=mutes.get(dialog))
        if row.thread:
            self._apply_early_updates(session, row, planned, now)

    def _mutes(self, session: Session, planned: Planned, now: datetime) -> Mapping[str, Mute]:
        """Return the mutes of the dialogs that do not want it; what somebody asked for comes in any case."""
        if planned.lane is Lane.INTERACTIVE:
            return {}
        dialogs = [recipient.dialog for recipient in planned.resolution.recipients]
        return self._muting.mutes(session, planned.instance, planned.notification, dialogs, now)

    def _update(
        self, session: Session, row: NotificationRow, planned: Planned, now: datetime, *, fresh: bool
    ) -> None:
        folded = self._flood.dialogs(session, row.instance, row.thread)
        dialogs = sorted(folded.union(_dialogs_of(session, row.instance, row.thread)))
        for dialog in dialogs:
            if fresh or not _is_planned(session, row, dialog):
                self._add(session, row, planned, dialog, "holds the thread", now)
        if not dialogs:
            row.reason = _UPDATE_ONLY
            change(session, NotificationRow, {"id": row.id}, {"reason": row.reason})
            upsert(
                session,
                EarlyUpdate(
                    notification_id=row.id,
                    instance=row.instance,
                    thread=row.thread,
                    occurred_at=planned.notification.occurred_at,
                    expires_at=now + EARLY_UPDATE_LIFE,
                ),
            )

    def _apply_early_updates(
        self, session: Session, opened: NotificationRow, planned: Planned, now: datetime
    ) -> None:
        thread = {"of_instance": opened.instance, "of_thread": opened.thread}
        for early in run(session, _EARLY, thread).all():
            if early.expires_at > now and _is_later(early.occurred_at, planned.notification.occurred_at):
                update_row = session.get_one(NotificationRow, early.notification_id)
                update_row.reason = ""
                for recipient in planned.resolution.recipients:
                    if not _is_planned(session, update_row, recipient.dialog):
                        self._add(
                            session,
                            update_row,
                            planned,
                            recipient.dialog,
                            "holds the thread",
                            now,
                            Mode.UPDATE,
                        )
            applied = col(EarlyUpdate.notification_id) == early.notification_id
            session.execute(delete(EarlyUpdate).where(applied))

    def _add(
        self,
        session: Session,
        row: NotificationRow,
        planned: Planned,
        dialog: str,
        reason: str,
        now: datetime,
        mode: Mode | None = None,
        mute: Mute | None = None,
    ) -> None:
        mode = mode or planned.notification.mode
        loud = planned.notification.loud and mode is Mode.OPEN
        id = self._ids.new("d")
        late = planned.too_late if mode is Mode.OPEN else ""
        if late and row.thread and dialog in _dialogs_of(session, row.instance, row.thread):
            late, loud = "", False  # its card is brought up to date, which disturbs nobody
        superseded = _supersede(session, row, dialog, id, now)
        for was_mode, was_loud in superseded:
            self._counts.ended(row.instance, DeliveryState.SUPERSEDED.value)
            loud = loud or (was_loud and mode is Mode.OPEN)
            mode = Mode.OPEN if was_mode == Mode.OPEN else mode
        delivery = Outbox(
            id=id,
            notification_id=row.id,
            instance=row.instance,
            key=row.key,
            dialog=dialog,
            op=planned.op,
            thread=row.thread,
            mode=mode.value,
            loud=loud,
            lane=planned.lane,
            recipient=reason,
            due_at=now,
            created_at=now,
            told=not self._wants_to_know(row.instance),
        )
        if late:
            self._away.fold_late(session, delivery, row, late, planned.notification.occurred_at, now)
        elif mute is not None:
            self._muting.apply(session, delivery, mute, now, replaces=bool(superseded))
        if delivery.state != DeliveryState.SUPPRESSED:
            self._flood.consider(session, delivery, row, now, replaces=bool(superseded))
        add(session, delivery)
        if delivery.state == DeliveryState.SUPPRESSED:
            self._counts.ended(row.instance, delivery.state)


def _supersede(
    session: Session, row: NotificationRow, dialog: str, by: str, now: datetime
) -> Sequence[tuple[str, bool]]:
    if not row.thread:
        return ()
    values = {
        "of_instance": row.instance,
        "of_thread": row.thread,
        "of_dialog": dialog,
        "why": f"{SUPERSEDED_BY}{by}",
        "moment": now,
    }
    return [(row.mode, row.loud) for row in run(session, _SUPERSEDE, values)]


def _is_planned(session: Session, row: NotificationRow, dialog: str) -> bool:
    place = {"of_instance": row.instance, "of_key": row.key, "of_dialog": dialog}
    return run(session, _KNOWN_CARD, place).first() is not None


def _dialogs_of(session: Session, instance: str, thread: str) -> list[str]:
    """Return the dialogs that show the thread's card or are about to.

    The rows on their way are read first: a card that the sender records between the two is then seen twice
    and not missed.
    """
    place = {"of_instance": instance, "of_thread": thread}
    coming = run(session, _COMING_TO, place).scalars().all()
    shown = run(session, _SHOWN_IN, place).scalars().all()
    return sorted({*shown, *coming})


def _is_later(update_at: datetime | None, opened_at: datetime | None) -> bool:
    return update_at is None or opened_at is None or update_at >= opened_at
