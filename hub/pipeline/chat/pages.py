"""The buttons of folding cards: leafing through the messages that a card stands for."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from hub.pipeline.folding import FoldingCards
from hub.pipeline.folding_words import SHOW, thread_of
from hub.plugin import Command, CommandCall, Reply, T, Who


class ShowArgs(BaseModel):
    """Which page of which card; 0 is the card as it was."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    card: str
    page: int = 1


class Pages:
    """A group looks at one page together."""

    def __init__(self, cards: FoldingCards) -> None:
        self._cards = cards

    def commands(self) -> Iterable[Command]:
        """Return what the buttons do."""
        yield Command(
            name=SHOW,
            summary="Show the messages that a card stands for",
            handler=self._show,
            args_model=ShowArgs,
            who=Who.ADDRESSEE,
            idempotent=True,
        )

    def _show(self, call: CommandCall) -> Reply:
        args = ShowArgs.model_validate(call.args)
        page = self._cards.turn(args.card, args.page, key=f"{thread_of(args.card)}:{call.id}")
        if page is None:
            return Reply(text=T("These messages are no longer kept."), private=True)
        return Reply(notification=page)
