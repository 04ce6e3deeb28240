"""Targets: which command an action is about, with its card."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from hub.pipeline.act.buttons import Button, Card, button_of, card_of_message, card_of_notification
from hub.pipeline.act.perform import Order
from hub.pipeline.act.refusal import Refused
from hub.plugin import Clock, Command, T, Words
from hub.registry import Declared, Registry
from hub.storage.chat_tables import Action


@dataclass(frozen=True, kw_only=True)
class Target:
    """What an action is about.

    Attributes:
        card: none for a typed command that names none.
        button: none for a typed command.
    """

    command: Declared[Command]
    card: Card | None = None
    button: Button | None = None

    @property
    def asks_first(self) -> bool:
        """Whether the person has to say first that they mean it."""
        return self.button is not None and self.button.action.confirm and not self.button.confirmed

    @property
    def label(self) -> Words:
        """What a person calls it."""
        return f"/{self.command.item.name}" if self.button is None else self.button.action.label

    def order(self, action: Action) -> Order:
        """Return what the plugin is to do."""
        args = action.args if self.button is None else self.button.action.args
        return Order(action=action, command=self.command, card=self.card, args=args)


class Targets:
    """Finds the card and the command."""

    def __init__(self, registry: Registry, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock

    def of(self, session: Session, action: Action) -> Target:
        """Return what *action* is about, as it is now.

        Raises:
            Refused: there is no such thing any more.
        """
        if action.typed:
            card = None
            if action.notification_id:
                card = card_of_notification(session, action.notification_id, action.dialog)
            return Target(command=self._command(action.instance, action.command), card=card)
        button = button_of(session, action.text)
        expires_at = button.card.content.expires_at
        if expires_at is not None and expires_at <= self._clock.now():
            raise Refused(T("It is too late for that."), f"the card expired at {expires_at.isoformat()}")
        command = self._command(button.instance, button.command)
        return Target(command=command, card=button.card, button=button)

    def clicked_card(self, session: Session, action: Action) -> Card | None:
        """Return the card whose button was clicked, even where the button is not what it seems."""
        return card_of_message(session, action.dialog, action.message_id) if action.message_id else None

    def _command(self, instance: str, name: str) -> Declared[Command]:
        command = self._registry.command(instance, name)
        if command is None:
            words = T("The plugin behind this does not work now; ask who looks after the hub.")
            raise Refused(words, f"no active plugin declares the command {instance}:{name}")
        return command
