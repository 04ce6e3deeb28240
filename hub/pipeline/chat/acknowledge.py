"""The button *Acknowledge*: somebody is at it, so nobody else needs to be told."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pydantic import BaseModel, ConfigDict

from hub.pipeline.act.refusal import Refused
from hub.pipeline.treat.escalation import Escalation
from hub.pipeline.treat.escalation_words import ACKNOWLEDGE
from hub.plugin import Command, CommandCall, Reply, T, Who


class AcknowledgeArgs(BaseModel):
    """Which watch, and when it began."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    watch: str
    began: str


class Acknowledging:
    """Ends an escalation."""

    def __init__(self, escalation: Callable[[], Escalation]) -> None:
        self._escalation = escalation

    def commands(self) -> Iterable[Command]:
        """Return what the button does."""
        yield Command(
            name=ACKNOWLEDGE,
            summary="Say that somebody is at it",
            handler=self._acknowledge,
            args_model=AcknowledgeArgs,
            who=Who.ADDRESSEE,
            idempotent=True,
        )

    def _acknowledge(self, call: CommandCall) -> Reply:
        args = AcknowledgeArgs.model_validate(call.args)
        escalation = self._escalation()
        if not escalation.acknowledge(args.watch, args.began, call.actor):
            raise Refused(T("That is no longer needed."), "the escalation has ended")
        if call.notification is None:
            return Reply()
        return Reply(notification=escalation.words(args.watch, call.notification))
