"""What the buttons do in Alertmanager."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from hub.plugin import Command, CommandCall, Context, PermanentFailure, Person, Reply, RetryLater, T
from hub_plugin_alertmanager.api import AlertmanagerApi, Look, Silence
from hub_plugin_alertmanager.silence_words import RESOLVED, SILENCE, UNSILENCE, changed, until
from hub_plugin_alertmanager.silences import Card, Made, Silences, covers

#: The timer that brings the buttons back when a silence ends.
SILENCE_OVER = "silence-over"
#: A silence "until resolved" is that long, and made longer while something fires: should the hub be away, it ends.
LEASE = timedelta(hours=6)

_LENGTHS = {"1h": timedelta(hours=1), "4h": timedelta(hours=4), RESOLVED: LEASE}
#: Seconds that a click waits for another one; with three calls to Alertmanager it stays within a command's time.
_TURN = 2.0


class CardArgs(BaseModel):
    """Which card, and what it is about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    card: str
    about: str


class SilenceArgs(CardArgs):
    """For how long."""

    length: Literal["1h", "4h", "resolved"]


class Actions:
    """Does in Alertmanager what people ask for in chat; its answer decides what the card says.

    Both commands look first at what there is, so that they may be repeated and do nothing twice.
    """

    def __init__(self, ctx: Context, api: AlertmanagerApi, silences: Silences) -> None:
        self._ctx = ctx
        self._api = api
        self._silences = silences
        self._turn = threading.Lock()

    def commands(self) -> Iterable[Command]:
        """Declare the commands."""
        yield Command(
            name=SILENCE,
            summary="Silence alerts in Alertmanager",
            handler=self._silence,
            args_model=SilenceArgs,
            idempotent=True,
        )
        yield Command(
            name=UNSILENCE,
            summary="End a silence in Alertmanager",
            handler=self._unsilence,
            args_model=CardArgs,
            idempotent=True,
        )

    def _silence(self, call: CommandCall) -> Reply:
        args = SilenceArgs.model_validate(call.args)
        card = self._card(args)
        if not card.labels:
            raise PermanentFailure(
                "Alertmanager groups these alerts by no label, so this would silence everything; "
                "silence single alerts in Alertmanager"
            )
        person = self._person(call)
        with self._one_at_a_time():
            look = self._api.look()
            exact = [each for each in look.silences if each.is_exactly(card.labels)]
            own = next((each for each in exact if call.id in each.comment), None)
            if own is None and exact:
                return self._silenced_already(call, card, max(exact, key=lambda each: each.ends_at))
            made = self._made(call, card, args.length, person, own, look)
        self._silences.make(made)
        self._ctx.timers.set(SILENCE_OVER, card.id, made.ends)
        return self._told(call, card)

    def _made(
        self, call: CommandCall, card: Card, length: str, person: Person, own: Silence | None, look: Look
    ) -> Made:
        """Return the silence, which this very click may have made before it was interrupted."""
        now = self._ctx.clock.now()
        ends = own.ends_at if own else now + _LENGTHS[length]
        if own is None and not any(covers(card.labels, alert.labels) for alert in look.alerts):
            raise PermanentFailure(
                "Alertmanager lists no such alert: it is over, or api_url leads to another Alertmanager"
            )
        id = own.id if own else ""
        if not id:
            ending = "; the hub ends it when the alert resolves" if length == RESOLVED else ""
            where = f"from Bitrix24, dialog {call.dialog}, click {call.id}{ending}"
            id = self._api.silence(card.labels, starts=now, ends=ends, by=person.name, comment=where)
        return Made(
            id=id,
            card=card.id,
            about=card.about,
            labels=card.labels,
            by=person,
            at=now,
            ends=ends,
            until_resolved=length == RESOLVED,
        )

    def _silenced_already(self, call: CommandCall, card: Card, silence: Silence) -> Reply:
        """Show a silence that was there before the click."""
        if all(each.id != silence.id for each in self._silences.made(card.id)):
            made = Made(
                id=silence.id,
                card=card.id,
                about=card.about,
                labels=card.labels,
                by=Person(name=silence.created_by[:100]),
                at=self._ctx.clock.now(),
                ends=silence.ends_at,
            )
            self._silences.make(made)
            self._ctx.timers.set(SILENCE_OVER, card.id, made.ends)
        words = T("It is silenced already, {until}.", until=until(self._silences.standing(card)))
        return self._told(call, card).model_copy(update={"text": words, "private": True})

    def _unsilence(self, call: CommandCall) -> Reply:
        card = self._card(CardArgs.model_validate(call.args))
        with self._one_at_a_time():
            ours = [each.id for each in self._silences.made(card.id) if each.about == card.about]
            exact = [each.id for each in self._api.look().silences if each.is_exactly(card.labels)]
            for id in exact:
                self._api.expire(id)
        self._silences.end(card.id, tuple({*ours, *exact}), call.id)
        self._ctx.timers.cancel(SILENCE_OVER, card.id)
        reply = self._told(call, card)
        if exact:
            return reply
        return reply.model_copy(update={"text": T("The silence was over already."), "private": True})

    def _card(self, args: CardArgs) -> Card:
        card = self._silences.card(args.card)
        if card is None or card.about != args.about:
            raise PermanentFailure("the hub knows no such alert any more; look in Alertmanager")
        return card

    def _told(self, call: CommandCall, card: Card) -> Reply:
        standing = self._silences.standing(card)
        return Reply(notification=changed(card, standing, call.id, self._ctx.clock.now()))

    def _person(self, call: CommandCall) -> Person:
        try:
            name = self._ctx.portal.user(call.actor).name
        except (RetryLater, PermanentFailure):
            name = ""
        return Person(name=name[:100] or f"user {call.actor}", id=call.actor)

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        """Let two clicks on different buttons of a card not both find nothing silenced."""
        if not self._turn.acquire(timeout=_TURN):
            raise RetryLater("somebody else is silencing something; try again")
        try:
            yield
        finally:
            self._turn.release()
