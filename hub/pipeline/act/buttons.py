"""Buttons: which card, and which of its actions, the parameter of a click stands for.

The parameter is the id of a delivery and a number. Arguments never travel through the chat client, so what comes
back is only believed as far as the delivery's own card says so.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from hub.pipeline.act.refusal import ButtonGone, Refused
from hub.pipeline.folding_words import HUB
from hub.plugin import Action, DeliveryState, Notification, T
from hub.storage.fixed import fixed
from hub.storage.states import Op
from hub.storage.tables import NotificationRow, Outbox, Thread

#: The built-in command behind "Yes" of a question, and the arguments of its button.
CONFIRM = "confirm"
ASKED_BUTTON, ASKED_DIALOG = "button", "dialog"

_IS_COMING = col(Outbox.state).in_([fixed(DeliveryState.PENDING), fixed(DeliveryState.SENDING)])
_PARAMS = re.compile(r"(d[0-9a-z]{18})\.([0-9]{1,3})", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a dialog shows of a thread now.

    Attributes:
        dialog: where it is shown.
        message: its id at the portal; empty while it is on its way.
    """

    instance: str
    dialog: str
    message: str
    row: NotificationRow
    content: Notification


@dataclass(frozen=True, kw_only=True)
class Button:
    """A button of a card.

    Attributes:
        instance: whose command it is.
        confirmed: the person was asked already and said yes; ``question`` is the card that asked.
    """

    card: Card
    action: Action
    instance: str
    command: str
    confirmed: bool = False
    question: Card | None = None

    @property
    def once(self) -> str:
        """Name what is done at most once, however many dialogs show the button."""
        what = [self.card.instance, self.card.content.thread or self.card.row.key, self.action.args]
        digest = hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:32]
        return f"{self.instance} {self.command} {digest}"


def button_of(session: Session, params: str) -> Button:
    """Return the button that *params* stands for, as its card is now.

    Raises:
        Refused: nobody knows it, or the card does not offer it any more.
    """
    button = _button(session, params)
    if button.instance != HUB or button.command != CONFIRM:
        return button
    asked = _button(session, str(button.action.args.get(ASKED_BUTTON, "")))
    return Button(
        card=asked.card,
        action=asked.action,
        instance=asked.instance,
        command=asked.command,
        confirmed=True,
        question=button.card,
    )


def label_of(session: Session, params: str) -> Any:
    """Return what stands on a button, as it is stored; ``None`` where nobody knows it any more."""
    found = _PARAMS.fullmatch(params.strip())
    delivery = None if found is None else session.get(Outbox, found[1])
    clicked = None if delivery is None else session.get(NotificationRow, delivery.notification_id)
    if found is None or clicked is None:
        return None
    content: Any = clicked.content
    try:
        return content["actions"][int(found[2])]["label"]
    except LookupError:
        return None


def latest_card(session: Session, dialog: str) -> Card | None:
    """Return the card of a plugin that a dialog shows and that changed last."""
    query = select(Thread).where(col(Thread.dialog) == dialog, col(Thread.instance) != HUB)
    thread = session.scalars(query.order_by(col(Thread.updated_at).desc()).limit(1)).first()
    return None if thread is None else _shown(session, thread)


def card_of_message(session: Session, dialog: str, message: str) -> Card | None:
    """Return the card that is a message of a dialog."""
    query = select(Thread).where(col(Thread.dialog) == dialog, col(Thread.message_id) == message)
    thread = session.scalars(query).first()
    return None if thread is None else _shown(session, thread)


def card_of_notification(session: Session, id: str, dialog: str) -> Card | None:
    """Return the card in a dialog that tells a notification, or what its thread says since."""
    row = session.get(NotificationRow, id)
    thread = None if row is None else session.get(Thread, (row.instance, row.thread, dialog))
    return None if thread is None else _shown(session, thread)


def _button(session: Session, params: str) -> Button:
    found = _PARAMS.fullmatch(params.strip())
    if found is None:
        raise Refused(T("That is no button of mine."), "the parameter is none that the hub makes")
    delivery = session.get(Outbox, found[1])
    if delivery is None:
        raise Refused(T("This button is too old, I no longer know it."), f"there is no delivery {found[1]}")
    clicked = session.get(NotificationRow, delivery.notification_id)
    offered = None if clicked is None else _action(_content(clicked), int(found[2]))
    if clicked is None or offered is None:
        raise Refused(T("That is no button of mine."), f"{found[1]} has no action {found[2]}")
    card = _now(session, delivery, clicked)
    action = next((each for each in card.content.actions if _is_same(each, offered)), None)
    if action is None:
        reason = f"the card says something else since {card.row.id}"
        raise ButtonGone(T("This card has changed, the button is no longer there."), reason)
    other, _, own = action.command.rpartition(":")
    return Button(card=card, action=action, instance=other or delivery.instance, command=own)


def _action(content: Notification | None, number: int) -> Action | None:
    if content is None or number >= len(content.actions):
        return None
    action = content.actions[number]
    return action if action.command else None


def _is_same(one: Action, other: Action) -> bool:
    return (one.command, one.args) == (other.command, other.args)


def _now(session: Session, delivery: Outbox, clicked: NotificationRow) -> Card:
    """Return the card as its dialog shows it; a row whose card was never recorded speaks for itself."""
    thread = session.get(Thread, (delivery.instance, delivery.thread, delivery.dialog))
    shown = None if thread is None or not delivery.thread else _shown(session, thread)
    return shown or Card(
        instance=delivery.instance,
        dialog=delivery.dialog,
        message=delivery.target or delivery.message_id or "",
        row=clicked,
        content=_content(clicked) or Notification(key=clicked.key, title=""),
    )


def _shown(session: Session, thread: Thread) -> Card | None:
    delivery = session.get(Outbox, thread.delivery_id)
    row = None if delivery is None else session.get(NotificationRow, delivery.notification_id)
    content = None if row is None else _content(row)
    if row is None or content is None:
        return None
    return Card(
        instance=thread.instance, dialog=thread.dialog, message=thread.message_id, row=row, content=content
    )


def newest_of(session: Session, card: Card) -> NotificationRow:
    """Return what the card says last, also where that is still on its way."""
    coming = session.scalars(_coming(card, [Op.CARD], [DeliveryState.PENDING, DeliveryState.SENDING])).first()
    row = None if coming is None else session.get(NotificationRow, coming.notification_id)
    return card.row if row is None else row


def is_about_to_be_drawn(session: Session, card: Card) -> bool:
    """Say whether the message is going to be edited anyway."""
    return session.scalars(_coming(card, [Op.CARD, Op.REDRAW], [DeliveryState.PENDING])).first() is not None


def _coming(card: Card, ops: Sequence[Op], states: Sequence[DeliveryState]) -> SelectOfScalar[Outbox]:
    place = (col(Outbox.instance) == card.instance, col(Outbox.dialog) == card.dialog)
    return (
        select(Outbox)
        .where(
            *(*place, col(Outbox.thread) == card.content.thread, col(Outbox.thread) != ""),
            *(_IS_COMING, col(Outbox.op).in_(ops), col(Outbox.state).in_(states)),
        )
        .order_by(col(Outbox.id).desc())
        .limit(1)
    )


def _content(row: NotificationRow) -> Notification | None:
    try:
        return Notification.model_validate(row.content)
    except ValidationError:  # written by a version that knew more
        return None
