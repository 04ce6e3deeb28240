"""Flood control: what comes above a dialog's limit is folded into one storm card instead of being shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from hub.pipeline.flood_rule import arrive
from hub.pipeline.folding import FoldingCards
from hub.pipeline.held import holds_thread, suppress
from hub.pipeline.render import is_solved
from hub.plugin import Mode, Severity
from hub.settings import Rate
from hub.storage.direct import run
from hub.storage.folding import FoldKind, fold, folded_in, solve, touch
from hub.storage.statements import add, change
from hub.storage.states import Lane
from hub.storage.tables import FloodWindow, NotificationRow, Outbox

# built once, because they run for every message under a limit
_WINDOWS = (
    select(col(FloodWindow.critical), col(FloodWindow.latest), col(FloodWindow.storm))
    .where(col(FloodWindow.instance) == bindparam("instance"), col(FloodWindow.dialog) == bindparam("dialog"))
    .order_by(col(FloodWindow.critical))
    .with_for_update()
)


class Flood:
    """Decides while planning, so that what is folded has its end and its reason in the commit that makes it.

    Args:
        limit_of: the limit of an instance in one dialog; None = no limit.
    """

    def __init__(self, limit_of: Callable[[str], Rate | None], cards: FoldingCards) -> None:
        self._limit_of = limit_of
        self._cards = cards

    def turn(self, instance: str) -> set[str]:
        """Return what to hold while deliveries of *instance* are considered: two workers must not count apart."""
        return {f"flood {instance}"} if self._limit_of(instance) else set()

    def dialogs(self, session: Session, instance: str, thread: str) -> set[str]:
        """Return the dialogs that have the thread's card folded into another one."""
        return set(folded_in(session, instance, thread)) if self._limit_of(instance) else set()

    def consider(
        self, session: Session, delivery: Outbox, fact: NotificationRow, now: datetime, *, replaces: bool
    ) -> None:
        """Let a delivery that is about to be written pass, make it quiet, or end it in a storm card.

        Args:
            replaces: it takes the place of deliveries that were counted and not sent yet.
        """
        rate = self._limit_of(delivery.instance)
        if rate is None or delivery.lane == Lane.INTERACTIVE:
            return
        held = replaces or holds_thread(session, delivery)
        if delivery.mode == Mode.UPDATE:
            card = (
                None if held else folded_in(session, delivery.instance, delivery.thread).get(delivery.dialog)
            )
            if card:
                suppress(delivery, f"its message is in storm card {card}", now)
        elif not held or delivery.loud:
            self._count(session, delivery, fact, rate, now, held=held)
        if delivery.thread and is_solved(fact.kind):
            solve(session, delivery.instance, delivery.thread, delivery.dialog, now)

    def _count(
        self,
        session: Session,
        delivery: Outbox,
        fact: NotificationRow,
        rate: Rate,
        now: datetime,
        *,
        held: bool,
    ) -> None:
        critical = fact.severity == Severity.CRITICAL
        dialog: dict[str, object] = {"instance": delivery.instance, "dialog": delivery.dialog}
        place = {**dialog, "critical": critical}
        windows = {row.critical: row for row in run(session, _WINDOWS, dialog)}
        window, other = windows.get(critical), windows.get(not critical)
        arrival = arrive(
            window.latest if window else (),
            rate,
            now,
            others=other.latest if other else (),
            critical=critical,
        )
        storm = window.storm if window else None
        if arrival.above and held:
            delivery.loud = False
            delivery.recipient += f"; without a sound, because there were {rate} already"
        elif arrival.above:
            storm = self._fold(session, delivery, fact, storm, rate, now)
        else:
            storm = None  # one that is over is closed by the duty
        values = {"latest": arrival.latest, "over_at": arrival.over_at, "storm": storm}
        if window is None:
            add(session, FloodWindow.model_validate({**place, **values}))
        else:
            change(session, FloodWindow, place, values)

    def _fold(
        self,
        session: Session,
        delivery: Outbox,
        fact: NotificationRow,
        storm: str | None,
        rate: Rate,
        now: datetime,
    ) -> str:
        critical = fact.severity == Severity.CRITICAL
        solved = is_solved(fact.kind)
        if storm is not None:
            touch(session, storm, now)
            fold(session, storm, delivery, fact, solved=solved)
        else:
            card = self._cards.open(
                session,
                FoldKind.STORM,
                now,
                dialog=delivery.dialog,
                origin=fact.origin,
                lane=Lane.CRITICAL if critical else Lane.NORMAL,
                instance=delivery.instance,
                critical=critical,
                rate=str(rate),
            )
            storm = card.id
            fold(session, storm, delivery, fact, solved=solved)
            self._cards.post(session, card, now)
        suppress(delivery, f"in storm card {storm}", now)
        return storm
