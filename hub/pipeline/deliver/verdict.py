"""Verdict: what an outcome means for its row. Pure, so that every rule can be read and tested by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from hub.bitrix24 import Done, Failed, NotExecuted, Outcome
from hub.bitrix24.dialogs import is_person
from hub.bitrix24.errors import (
    BotRefused,
    Busy,
    Disconnected,
    EditRefused,
    MessageRefused,
    NotFound,
    OperatingLimit,
    OutcomeUnknown,
    PortalError,
    RecipientRefused,
    Refused,
    Unreachable,
)
from hub.pipeline.backoff import GIVE_UP_AFTER, wait_before
from hub.pipeline.deliver.compose import Composed
from hub.pipeline.deliver.membership import Admission
from hub.plugin import DeliveryState, Severity
from hub.storage.states import Op
from hub.storage.tables import Outbox

#: A critical message in doubt for longer also goes to the bell.
DOUBT_LIMIT = timedelta(seconds=60)
#: A row in doubt for longer lets others try: perhaps the portal is well, and dies of this very message.
_LETS_OTHERS_TRY = timedelta(minutes=10)

#: A row is sent again at most so often because the bot was let into its chat.
_MOST_ADMISSIONS = 2
_LOOK_AGAIN = timedelta(seconds=30)
_NOT_A_MEMBER = frozenset({"access_denied", "wrong_request"})

SecondWay: TypeAlias = Literal["", "bell", "elsewhere"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What becomes of a row.

    Attributes:
        tried: what to remember of this attempt: ``unknown``, ``refused``, ``not sent``; empty = nothing.
        counts: False when the row is not to blame; unless it may have been executed, it is as good as new.
        due_at: when a pending row is tried again; ``None`` = at once.
        new_key: the portal definitely refused, so the next send is another one.
        plain: send as text alone from now on.
        edited: it was shown by an edit of the message ``message_id``.
        card_gone: the card in the dialog cannot be edited any more; post a new one.
        second_way: tell through the bell, or to the fallback recipient, as well.
    """

    state: DeliveryState
    reason: str = ""
    tried: Literal["", "unknown", "refused", "not sent"] = ""
    counts: bool = True
    due_at: datetime | None = None
    message_id: str | None = None
    in_doubt_since: datetime | None = None
    new_key: bool = False
    plain: bool = False
    edited: bool = False
    card_gone: bool = False
    second_way: SecondWay = ""


def is_portal_trouble(error: PortalError) -> bool:
    """Say whether *error* is about the portal as a whole and not about one message."""
    if isinstance(error, OutcomeUnknown):
        return not error.code  # an answer with a code came from a portal that works
    if isinstance(error, OperatingLimit):
        return False
    return isinstance(error, Unreachable | Busy | Disconnected)


def is_outside(composed: Composed, outcome: Outcome) -> bool:
    """Say whether a message was refused because who writes is not in the chat."""
    return (
        composed.kind == "send"
        and not is_person(composed.claimed.row.dialog)
        and isinstance(outcome, Failed)
        and isinstance(outcome.error, RecipientRefused)
        and outcome.error.code.lower() in _NOT_A_MEMBER
    )


def judge(
    composed: Composed,
    outcome: Outcome,
    *,
    message_id: Callable[[object], str],
    now: datetime,
    admission: Admission = Admission.OUT,
) -> Verdict:
    """Return what *outcome* means.

    Args:
        message_id: reads the id out of the result of a send.
        admission: what came of getting into the chat, where :func:`is_outside`.
    """
    match outcome:
        case Done(result=result):
            try:
                return Verdict(
                    state=DeliveryState.SENT,
                    message_id=_message_id(composed, result, message_id),
                    edited=composed.kind == "edit",
                )
            except OutcomeUnknown as error:
                return _in_doubt(composed, error, now, answered=True)
            except Refused as error:
                return _refused(composed, error)
        case NotExecuted():
            return Verdict(state=DeliveryState.PENDING, counts=False)
        case Failed(error=RecipientRefused() as error) if is_outside(composed, outcome):
            return _outside(composed, error, now, admission)
        case Failed(error=error):
            return _failed(composed, error, now)


def _failed(composed: Composed, error: PortalError, now: datetime) -> Verdict:
    row = composed.claimed.row
    pending = DeliveryState.PENDING
    match error:
        case OperatingLimit(reset_at=reset_at):
            return Verdict(state=pending, counts=False, due_at=reset_at, tried="not sent", reason=str(error))
        case Unreachable() | Busy() | Disconnected():
            if _is_too_old(row, now):
                return _dead(error, "not sent")
            # the row is not to blame: the sender as a whole backs off
            return Verdict(state=pending, counts=False, tried="not sent", reason=str(error))
        case EditRefused() | NotFound() if composed.kind == "edit" and row.op == Op.CARD:
            return Verdict(
                state=pending, tried="refused", reason=f"posted anew, because {error}", card_gone=True
            )
        case Refused() if row.op in (Op.SHRINK, Op.REDRAW):
            reason = f"the card cannot be edited any more: {error}"
            return Verdict(state=DeliveryState.SUPPRESSED, tried="refused", reason=reason)
        case MessageRefused() if composed.kind == "send" and not row.plain:
            return Verdict(state=pending, tried="refused", reason=str(error), plain=True, new_key=True)
        case BotRefused() if row.generation == int(row.plain):
            # the first refusal of this kind: the sender registers the bot again, and often that helps
            return Verdict(state=pending, tried="refused", reason=str(error), new_key=True)
        case Refused():
            return _refused(composed, error)
        case _:
            return _in_doubt(composed, error, now)


def _outside(composed: Composed, error: Refused, now: datetime, admission: Admission) -> Verdict:
    """Return what a refusal by a chat means, of which the bot may be a member by now."""
    row = composed.claimed.row
    chat = row.dialog.removeprefix("chat")
    # a bot that was registered anew has lost its chats, too: so the first refusal may be of the bot itself
    if admission is not Admission.OUT and row.generation - int(row.plain) < _MOST_ADMISSIONS:
        reason = f"the bot was not in chat {chat}"
        due_at = now + _LOOK_AGAIN if admission is Admission.LATER else None
        return Verdict(
            state=DeliveryState.PENDING, tried="refused", reason=reason, new_key=True, due_at=due_at
        )
    if composed.call.method.lower().startswith("imbot."):
        return _refused(
            composed, error, f"the bot is not in chat {chat}; ask a member to invite it ({error})"
        )
    who = "the person whose webhook or application it is"
    return _refused(composed, error, f"{who} is not in chat {chat}; ask a member to invite them ({error})")


def _refused(composed: Composed, error: Refused, reason: str = "") -> Verdict:
    row = composed.claimed.row
    bell = row.op == Op.CARD and is_person(row.dialog) and isinstance(error, RecipientRefused | BotRefused)
    # an answer is nobody else's business
    second_way: SecondWay = "" if row.op == Op.REPLY else "bell" if bell else "elsewhere"
    return Verdict(
        state=DeliveryState.FAILED, tried="refused", reason=reason or str(error), second_way=second_way
    )


def _in_doubt(composed: Composed, error: PortalError, now: datetime, *, answered: bool = False) -> Verdict:
    row = composed.claimed.row
    if _is_too_old(row, now):
        return _dead(error, "unknown")
    since = row.in_doubt_since or now
    is_critical = composed.claimed.notification.severity == Severity.CRITICAL.value
    overdue = is_critical and composed.kind == "send" and now - since > DOUBT_LIMIT
    # while the portal as a whole is away the sender waits, and its rows are due as soon as it answers again
    own_trouble = answered or not is_portal_trouble(error) or now - since > _LETS_OTHERS_TRY
    return Verdict(
        state=DeliveryState.PENDING,
        tried="unknown",
        counts=own_trouble,
        reason=str(error),
        due_at=now + wait_before(row.attempts) if own_trouble else None,
        in_doubt_since=since,
        second_way="bell" if overdue else "",
    )


def _is_too_old(row: Outbox, now: datetime) -> bool:
    return now - row.created_at > GIVE_UP_AFTER


def _dead(error: PortalError, tried: Literal["unknown", "not sent"]) -> Verdict:
    reason = f"gave up after {GIVE_UP_AFTER.days} days: {error}"
    return Verdict(state=DeliveryState.DEAD, tried=tried, reason=reason)


def _message_id(composed: Composed, result: object, read: Callable[[object], str]) -> str | None:
    match composed.kind:
        case "send":
            return read(result)
        case "notice":
            if result is False:
                raise Refused("the portal did not take the notification; the person may have left")
            if isinstance(result, bool) or not isinstance(result, int | str):
                raise OutcomeUnknown("the portal did not say whether it took the notification")
            return f"notice:{result}"
        case "edit":
            return composed.claimed.row.target or composed.claimed.card
