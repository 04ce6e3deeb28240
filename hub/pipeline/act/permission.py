"""Permission: who may use a command."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from hub.bitrix24.dialogs import is_person
from hub.pipeline.act.buttons import Button
from hub.pipeline.act.refusal import Refused
from hub.pipeline.resolve import Resolve
from hub.plugin import Notification, T, Who
from hub.storage.chat_tables import Action
from hub.storage.tables import Thread


class Permission:
    """Decides by where the card was shown and by ``hub.admins``.

    Buttons cannot be hidden from single members of a group, and anybody can type what a click sends; so nothing
    of what a click says is believed but who acts and in which dialog, which the portal itself states.
    """

    def __init__(self, resolve: Resolve, admins: Sequence[str]) -> None:
        self._resolve = resolve
        self._admins = tuple(admins)

    def check_place(self, session: Session, action: Action, button: Button, who: Who) -> None:
        """Let addressees use a button: the readers of the dialogs in which its card was shown.

        Only who was asked whether it is meant can say so.

        Raises:
            Refused: it is not for the person who acts.
        """
        if button.question is not None and button.question.dialog != action.actor:
            raise Refused(T("This button is not for you."), "somebody else was asked whether it is meant")
        if who is Who.ADDRESSEE and not _is_addressee(session, action, button):
            reason = f"the card was never shown to user {action.actor} in dialog {action.dialog}"
            raise Refused(T("This button is not for you."), reason)

    def check_person(self, action: Action, who: Who) -> None:
        """Let administrators use what is for them alone.

        Raises:
            Refused: the person who acts is none.
            RetryLater: the portal is needed to know, and away.
        """
        if who is Who.ADMIN and not self.is_admin(action.actor):
            reason = f"user {action.actor} is not among hub.admins"
            raise Refused(T("Only administrators of the hub may do that."), reason)

    def is_admin(self, user: str) -> bool:
        """Say whether somebody is named by ``hub.admins``, directly or as a member or head.

        Raises:
            RetryLater: the portal is needed to know, and away.
        """
        asked = Notification(key="admins", title="")
        found = (self._resolve.resolve([address], asked) for address in self._admins)
        return any(
            recipient.dialog == user
            for resolution in found
            if not resolution.problems  # then the fallback was put in
            for recipient in resolution.recipients
        )


def _is_addressee(session: Session, action: Action, button: Button) -> bool:
    if is_person(action.dialog) and action.dialog != action.actor:
        return False  # a private dialog with somebody else
    place = button.card if button.question is None else button.question
    if place.dialog == action.dialog:
        return True
    thread = button.card.content.thread
    return bool(thread) and session.get(Thread, (button.card.instance, thread, action.dialog)) is not None
