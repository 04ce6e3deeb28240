"""Perform: let the plugin do it, and say what came of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue, ValidationError

from hub.bitrix24.errors import OutcomeUnknown
from hub.pipeline.act.buttons import Card
from hub.pipeline.act.refusal import Refused
from hub.plugin import Clock, Command, CommandCall, Notification, PluginError, Reply, RetryLater, T
from hub.registry import CallFailed, Declared, Guard, PoolExhausted, calls
from hub.storage.chat_tables import Action

#: A person waits: what could not be begun for so long is refused.
_PATIENCE = timedelta(minutes=1)
_PAUSE = timedelta(seconds=1)
#: How often a command that may safely run twice is tried.
_TRIES = 3


class TryAgain(Exception):
    """It was not begun, or may safely begin once more; try again at ``due_at``."""

    def __init__(self, reason: str, due_at: datetime) -> None:
        super().__init__(reason)
        self.due_at = due_at


class OutcomeNotKnown(Exception):
    """It was begun, and nobody can say what came of it."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be done: a command, with the card it is about."""

    action: Action
    command: Declared[Command]
    card: Card | None
    args: Mapping[str, JsonValue]


class Perform:
    """Calls the handler in its plugin's own threads, within its time.

    Args:
        answered: a card's new words with what the hub itself says on it, by instance and who clicked.
    """

    def __init__(
        self, guard: Guard, clock: Clock, answered: Callable[[str, Notification, str], Notification]
    ) -> None:
        self._guard = guard
        self._clock = clock
        self._answered = answered

    def perform(self, order: Order, *, language: str) -> Reply | None:
        """Run the handler once.

        Raises:
            Refused: the plugin says no, or the arguments are not for this command.
            TryAgain: the plugin has no free thread, or the command may safely run twice.
            OutcomeNotKnown: it failed half way, or did not end in time.
        """
        action, command = order.action, order.command.item
        call = CommandCall(
            id=action.id,
            actor=action.actor,
            args=_checked(order),
            text=action.text if action.typed else "",
            dialog=action.dialog,
            notification=None if order.card is None else order.card.content,
            language=language,
        )
        name = order.command.instance.name
        try:
            reply = self._guard.call(name, calls.COMMAND, command.handler, call, object_id=action.id)
        except Refused:
            raise
        except PoolExhausted as exc:
            raise self._no_thread(action, exc) from exc
        except RetryLater as exc:
            if isinstance(exc.__cause__, OutcomeUnknown):  # the portal may have done it
                raise self._half_way(order, exc) from exc
            words = T("That is not possible just now: {why}", why=str(exc) or T("try again later"))
            raise Refused(words, f"not possible just now: {exc}") from exc
        except PluginError as exc:
            raise Refused(
                T("That is not possible: {why}", why=str(exc)), f"the plugin refuses: {exc}"
            ) from exc
        except CallFailed as exc:
            raise self._half_way(order, exc) from exc
        try:
            return self._with_ours(reply, order)
        except PluginError as exc:  # the hub's own store is away; the handler has done its work
            raise self._half_way(order, exc) from exc

    def _with_ours(self, reply: Reply | None, order: Order) -> Reply | None:
        """Return the reply with what the hub itself says on the card."""
        card, words = order.card, None if reply is None else reply.notification
        if reply is None or card is None or words is None:
            return reply
        words = words.model_copy(update={"thread": words.thread or card.content.thread})
        told = self._answered(card.instance, words, order.action.actor)
        return reply.model_copy(update={"notification": told})

    def _half_way(self, order: Order, error: Exception) -> Exception:
        """Return what a call means that was begun and did not end well."""
        if order.command.item.idempotent and order.action.attempts < _TRIES:
            return TryAgain(str(error), self._clock.now() + order.action.attempts * _PAUSE)
        return OutcomeNotKnown(str(error))

    def _no_thread(self, action: Action, error: PoolExhausted) -> Exception:
        if self._clock.now() - action.created_at < _PATIENCE:
            return TryAgain(str(error), self._clock.now() + _PAUSE)
        return Refused(T("The plugin is too busy for that; try again later."), str(error))


def _checked(order: Order) -> dict[str, JsonValue]:
    """Return the arguments, checked and completed by the command's own model."""
    args = dict(order.args)
    model = order.command.item.args_model
    if model is None:
        return args
    try:
        return model.model_validate(args).model_dump(mode="json")
    except ValidationError as exc:
        where = ", ".join(".".join(map(str, problem["loc"])) for problem in exc.errors())
        words = T("This button no longer fits the plugin that made it.")
        raise Refused(words, f"the command does not take its arguments: {where}") from exc
