"""Answers: what the card and the person are told of an action, planned like all other messages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from hub.bitrix24.dialogs import is_person
from hub.pipeline.act.buttons import (
    ASKED_BUTTON,
    ASKED_DIALOG,
    CONFIRM,
    Button,
    Card,
    is_about_to_be_drawn,
    newest_of,
)
from hub.pipeline.folding_words import HUB
from hub.pipeline.plan import Planned
from hub.pipeline.resolve import Resolution
from hub.pipeline.route import Decision
from hub.plugin import Action as Offer
from hub.plugin import Mode, Moment, Notification, Person, Recipient, Reply, T, Words, field
from hub.storage.chat_tables import Action
from hub.storage.ids import IdFactory
from hub.storage.statements import add
from hub.storage.states import Lane, Op
from hub.storage.tables import Outbox

#: The built-in command behind "No" of a question.
DECLINE = "decline"

_ANSWER = "answers a person"


@dataclass(frozen=True, kw_only=True)
class Done:
    """What is known when a card says who did what.

    Attributes:
        card: what the action is about; none for a command that was just typed.
        used: the button, which is gone afterwards.
        question: the card that asked the person whether they mean it.
    """

    action: Action
    card: Card | None
    used: Offer | None
    question: Card | None
    person: Person
    at: datetime


class Answers:
    """Turns replies and refusals into planned messages."""

    def __init__(self, ids: IdFactory) -> None:
        self._ids = ids

    def of_reply(self, done: Done, reply: Reply) -> list[Planned]:
        """Return what the card and the person are told after a handler's *reply*."""
        action = done.action
        planned: list[Planned] = []
        if reply.notification is not None:
            planned.append(_new_words(done, reply.notification))
        elif done.card is not None and done.used is not None:
            planned.append(_signed(done, done.card, done.used))
        if done.question is not None:
            planned.append(_settled(action, done.question))
        if reply.text:
            dialog = action.actor if reply.private else action.dialog
            planned.append(self.line(action, reply.text, dialog=dialog, instance=action.instance))
        return planned

    def line(self, action: Action, words: Words, *, dialog: str, instance: str = HUB) -> Planned:
        """Return a line of text for a dialog; *instance* names whose words they are."""
        told = Notification(key=f"reply:{action.id}:{dialog}", kind="hub.reply", title=words)
        return _direct(action, told, dialog, instance=instance, op=Op.REPLY)

    def question(self, action: Action, button: Button) -> Planned:
        """Return the card that asks the person, privately, whether they mean it."""
        args = {ASKED_BUTTON: action.text, ASKED_DIALOG: action.dialog}
        asked = Notification(
            key=f"confirm:{action.id}",
            kind="hub.confirm",
            title=T("{what}: really?", what=button.action.label),
            text=button.card.content.title,
            thread=f"confirm:{action.id}",
            actions=(
                Offer(label=T("Yes"), command=CONFIRM, args=args, style="primary"),
                Offer(label=T("No"), command=DECLINE, args=args),
            ),
        )
        return _direct(action, asked, action.actor, instance=HUB)

    def redraw(self, session: Session, action: Action, card: Card, now: datetime) -> None:
        """Show the card as it is once more, so that its buttons work again, unless it is about to be drawn anyway."""
        if not card.message or is_about_to_be_drawn(session, card):
            return
        add(
            session,
            Outbox(
                id=self._ids.new("d"),
                notification_id=newest_of(session, card).id,
                instance=card.instance,
                key=f"redraw:{action.id}",
                dialog=card.dialog,
                op=Op.REDRAW,
                thread=card.content.thread,
                mode=Mode.UPDATE,
                lane=Lane.INTERACTIVE,
                recipient="its buttons work again",
                target=card.message,
                due_at=now,
                created_at=now,
            ),
        )


def _new_words(done: Done, words: Notification) -> Planned:
    """Return the plugin's own new words for the card, or without one a card for who asked."""
    action, card = done.action, done.card
    if card is None:
        return _direct(action, words, action.dialog, instance=action.instance)
    key = _key(card, action) if words.key == card.content.key else words.key
    changed = {"key": key, "mode": Mode.UPDATE, "thread": words.thread or card.content.thread}
    return _everywhere(action, card.instance, words.model_copy(update=changed))


def _signed(done: Done, card: Card, used: Offer) -> Planned:
    """Return the card without the used button, and with who did it and when."""
    line = field(used.label, T("{who}, {when}", who=done.person, when=Moment(at=done.at)))
    changed = {
        "key": _key(card, done.action),
        "mode": Mode.UPDATE,
        "loud": False,
        "fields": (*card.content.fields, line),
        "actions": tuple(each for each in card.content.actions if each != used),
    }
    return _everywhere(done.action, card.instance, card.content.model_copy(update=changed))


def _settled(action: Action, question: Card) -> Planned:
    """Return the question without its buttons."""
    changed = {"key": _key(question, action), "mode": Mode.UPDATE, "actions": ()}
    return _everywhere(action, HUB, question.content.model_copy(update=changed))


def _key(card: Card, action: Action) -> str:
    """Return a key for what the card says after an action; the fact it began with stays readable in it."""
    return f"{card.row.key.partition('#')[0][:450]}#{action.id}"


def _direct(action: Action, told: Notification, dialog: str, *, instance: str, op: Op = Op.CARD) -> Planned:
    """Return something for one dialog, whatever the routes say."""
    return Planned(
        instance=instance,
        origin=action.origin,
        notification=told,
        decision=Decision(addresses=(), rules=(), reason=f"{_ANSWER} ({action.id})"),
        resolution=Resolution(recipients=(_recipient(dialog),), problems=()),
        lane=Lane.INTERACTIVE,
        op=op,
    )


def _everywhere(action: Action, instance: str, words: Notification) -> Planned:
    """Return new words for every dialog that shows the card."""
    return Planned(
        instance=instance,
        origin=action.origin,
        notification=words,
        decision=Decision(addresses=(), rules=(), reason=f"what came of {action.id}"),
        resolution=Resolution(recipients=(), problems=()),
        lane=Lane.INTERACTIVE,
    )


def _recipient(dialog: str) -> Recipient:
    if is_person(dialog):
        return Recipient(kind="user", id=dialog, reason=_ANSWER)
    return Recipient(kind="chat", id=dialog.removeprefix("chat"), reason=_ANSWER)
