"""Record: what an attempt's outcome means for its row, in one transaction for a whole batch."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete
from sqlmodel import Session, col

from hub.bitrix24 import Done, Failed, NotExecuted, Outcome
from hub.bitrix24.errors import (
    BotRefused,
    Busy,
    Disconnected,
    EditRefused,
    MessageRefused,
    NotFound,
    OutcomeUnknown,
    PortalError,
    RecipientRefused,
    Refused,
    Unreachable,
)
from hub.pipeline.backoff import GIVE_UP_AFTER, wait_before
from hub.pipeline.deliver.compose import Compose, Composed, Moot
from hub.pipeline.deliver.fallback import Fallback
from hub.plugin import DeliveryState, Mode
from hub.storage.database import Database
from hub.storage.ids import IdFactory
from hub.storage.outbox import Claimed, mark, note_attempt
from hub.storage.states import Op
from hub.storage.tables import Outbox, Thread

log = structlog.get_logger("hub.deliver")

#: A critical message in doubt for longer also goes to the bell.
_DOUBT_LIMIT = timedelta(seconds=60)


class Record:
    """Writes outcomes down; every row claimed with the token ends in a state that says what comes next."""

    def __init__(self, database: Database, fallback: Fallback, ids: IdFactory) -> None:
        self._database = database
        self._fallback = fallback
        self._ids = ids

    def moot(self, token: str, rows: Sequence[Moot]) -> None:
        """End rows that need no call."""
        with self._database.write() as session:
            now = self._database.now(session)
            for moot in rows:
                mark(
                    session,
                    moot.claimed.row,
                    token,
                    state=moot.state,
                    reason=moot.reason,
                    claim=None,
                    finished_at=now,
                )

    def outcomes(self, token: str, sent: Sequence[tuple[Composed, Outcome]], compose: Compose) -> None:
        """Write down what became of each call."""
        with self._database.write() as session:
            now = self._database.now(session)
            for composed, outcome in sent:
                match outcome:
                    case Done():
                        self._done(session, token, composed, outcome, compose, now)
                    case NotExecuted():
                        _release(session, token, composed.claimed.row, now)
                    case Failed(error=error):
                        self._failed(session, token, composed, error, compose, now)

    def _done(
        self, session: Session, token: str, composed: Composed, done: Done, compose: Compose, now: datetime
    ) -> None:
        row = composed.claimed.row
        message_id = row.target or composed.claimed.card
        try:
            if composed.kind == "send":
                message_id = compose.message_id(done.result)
            elif composed.kind == "notice":
                message_id = _notice_id(done.result)
        except OutcomeUnknown as exc:
            self._failed(session, token, composed, exc, compose, now)
            return
        if not mark(
            session,
            row,
            token,
            state=DeliveryState.SENT,
            message_id=message_id,
            claim=None,
            in_doubt_since=None,
            finished_at=now,
        ):
            return
        log.info(
            "delivery sent", delivery=row.id, dialog=row.dialog, message=message_id, attempt=row.attempts
        )
        if row.op == Op.CARD and row.thread and message_id:
            self._shown(session, composed.claimed, message_id, now)

    def _shown(self, session: Session, claimed: Claimed, message_id: str, now: datetime) -> None:
        row = claimed.row
        session.merge(
            Thread(
                instance=row.instance,
                thread=row.thread,
                dialog=row.dialog,
                message_id=message_id,
                delivery_id=row.id,
                updated_at=now,
            )
        )
        if claimed.card and claimed.card != message_id:
            session.add(
                Outbox(
                    id=self._ids.new("d"),
                    notification_id=row.notification_id,
                    instance=row.instance,
                    key=row.key,
                    dialog=row.dialog,
                    op=Op.SHRINK,
                    target=claimed.card,
                    lane=row.lane,
                    recipient=f"the card was posted anew by {row.id}",
                    due_at=now,
                    created_at=now,
                )
            )

    def _failed(
        self,
        session: Session,
        token: str,
        composed: Composed,
        error: PortalError,
        compose: Compose,
        now: datetime,
    ) -> None:
        row = composed.claimed.row
        reason = str(error)
        note_attempt(session, row, now, _outcome(error), reason)
        match error:
            case Unreachable() | Busy() | Disconnected():
                # nothing was executed and the row is not to blame: it does not count as an attempt
                _release(session, token, row, now, getattr(error, "reset_at", None), reason)
            case OutcomeUnknown():
                self._in_doubt(session, token, composed, compose, now, reason)
            case EditRefused() | NotFound() if composed.kind == "edit":
                self._edit_refused(session, token, composed, now, reason)
            case MessageRefused() if composed.kind == "send" and not row.plain:
                mark(
                    session, row, token, state=DeliveryState.PENDING, claim=None, plain=True, reason=reason,
                    generation=row.generation + 1, due_at=now,
                )  # fmt: skip
            case BotRefused() if row.attempts == 1:
                # the sender registers the bot again; only if that does not help is the row given up
                mark(
                    session, row, token, state=DeliveryState.PENDING, claim=None, reason=reason,
                    generation=row.generation + 1, due_at=now,
                )  # fmt: skip
            case Refused():
                self._refused(session, token, composed, error, compose, now)
            case _:
                self._in_doubt(session, token, composed, compose, now, reason)

    def _in_doubt(
        self,
        session: Session,
        token: str,
        composed: Composed,
        compose: Compose,
        now: datetime,
        reason: str,
    ) -> None:
        row = composed.claimed.row
        if now - row.created_at > GIVE_UP_AFTER:
            _end(session, token, row, DeliveryState.DEAD, f"gave up after 7 days: {reason}", now)
            return
        since = row.in_doubt_since or now
        due_at = now + wait_before(row.attempts)
        held = mark(
            session,
            row,
            token,
            state=DeliveryState.PENDING,
            claim=None,
            reason=reason,
            in_doubt_since=since,
            due_at=due_at,
        )
        log.warning("delivery in doubt", delivery=row.id, reason=reason, until=due_at.isoformat())
        critical = composed.claimed.notification.severity == "critical"
        if held and critical and composed.kind == "send" and now - since > _DOUBT_LIMIT:
            self._fallback.notice(session, row, compose.fallback, "the chat message is in doubt", now)

    def _edit_refused(
        self, session: Session, token: str, composed: Composed, now: datetime, reason: str
    ) -> None:
        row = composed.claimed.row
        if row.op == Op.SHRINK:
            _end(
                session, token, row, DeliveryState.SUPPRESSED, f"the old card cannot be edited: {reason}", now
            )
            return
        if mark(
            session,
            row,
            token,
            state=DeliveryState.PENDING,
            claim=None,
            mode=Mode.OPEN.value,
            reason=f"posted anew: {reason}",
            due_at=now,
        ):
            session.execute(
                delete(Thread).where(
                    col(Thread.instance) == row.instance,
                    col(Thread.thread) == row.thread,
                    col(Thread.dialog) == row.dialog,
                )
            )

    def _refused(
        self,
        session: Session,
        token: str,
        composed: Composed,
        error: Refused,
        compose: Compose,
        now: datetime,
    ) -> None:
        row = composed.claimed.row
        if row.op == Op.SHRINK:
            _end(
                session, token, row, DeliveryState.SUPPRESSED, f"the old card cannot be edited: {error}", now
            )
            return
        if not _end(session, token, row, DeliveryState.FAILED, str(error), now):
            return
        bell = row.op == Op.CARD and row.dialog.isdigit() and isinstance(error, RecipientRefused | BotRefused)
        if bell:
            self._fallback.notice(session, row, compose.fallback, str(error), now)
        else:
            self._fallback.elsewhere(session, row, compose.fallback, str(error), now)


def _release(
    session: Session,
    token: str,
    row: Outbox,
    now: datetime,
    due_at: datetime | None = None,
    reason: str = "",
) -> None:
    mark(
        session,
        row,
        token,
        state=DeliveryState.PENDING,
        claim=None,
        attempts=col(Outbox.attempts) - 1,
        due_at=due_at or now,
        reason=reason,
    )


def _end(session: Session, token: str, row: Outbox, state: DeliveryState, reason: str, now: datetime) -> bool:
    log.warning("delivery ended", delivery=row.id, state=state.value, reason=reason)
    return mark(session, row, token, state=state, claim=None, reason=reason, finished_at=now)


def _outcome(error: PortalError) -> str:
    match error:
        case OutcomeUnknown():
            return "unknown"
        case Refused():
            return "refused"
        case _:
            return "not sent"


def _notice_id(result: object) -> str:
    if isinstance(result, bool) or not isinstance(result, int | str):
        raise OutcomeUnknown("the portal did not say whether it took the notification")
    return f"notice:{result}"
