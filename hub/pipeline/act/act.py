"""Act: do what people click and type, each thing once, and tell them what came of it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from sqlmodel import Session
from structlog.contextvars import bound_contextvars

from hub.observe.counts import ActionCounts
from hub.pipeline.act.answers import Answers, Done
from hub.pipeline.act.perform import OutcomeNotKnown, Perform, TryAgain
from hub.pipeline.act.permission import Permission
from hub.pipeline.act.refusal import ButtonGone, Refused
from hub.pipeline.act.targets import Target, Targets
from hub.pipeline.claims import Claims
from hub.pipeline.plan import Plan, Planned
from hub.pipeline.readers import Readers
from hub.pipeline.rings import Rings
from hub.pipeline.unit_of_work import CurrentWork
from hub.plugin import Clock, Moment, Notification, Reply, RetryLater, T
from hub.registry.guard import THREADS
from hub.storage.actions import ActionRows, Begun
from hub.storage.chat_tables import Action
from hub.storage.database import AWAY, UNFIT, Database
from hub.storage.ids import IdFactory
from hub.storage.inbox import InboxRows
from hub.storage.plugin_store import Change, apply_change
from hub.storage.states import ActionState, InboxKind, Op
from hub.storage.tables import Inbox

log = structlog.get_logger("hub.act")


class TakenOver(Exception):
    """The claim was lost, so nothing of it counts."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """What becomes of an action.

    Attributes:
        planned: what people are told.
        tells_card: the first of it are the card's new words.
        further: notifications of the handler, which go the way of all events.
        redraw: the buttons of the card are to work again.
        once: what it turned out to have done.
    """

    state: ActionState
    reason: str = ""
    planned: Sequence[Planned] = ()
    tells_card: bool = False
    further: Sequence[Notification] = ()
    changes: Sequence[tuple[str, Change]] = ()
    redraw: bool = False
    once: str | None = None


class Act:
    """Takes actions one after another, several threads side by side."""

    def __init__(
        self,
        *,
        database: Database,
        actions: ActionRows,
        claims: Claims,
        targets: Targets,
        permission: Permission,
        perform: Perform,
        answers: Answers,
        plan: Plan,
        work: CurrentWork,
        inbox: InboxRows,
        ids: IdFactory,
        clock: Clock,
        readers: Readers,
        counts: ActionCounts,
        rings: Rings,
    ) -> None:
        self._database = database
        self._actions = actions
        self._claims = claims
        self._targets = targets
        self._permission = permission
        self._perform = perform
        self._answers = answers
        self._plan = plan
        self._work = work
        self._inbox = inbox
        self._ids = ids
        self._clock = clock
        self._readers = readers
        self._counts = counts
        self._rings = rings
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()
        self._stopping = False

    def act(self) -> None:
        """Do what waits to be done."""
        while not self._stopping and self._actions.is_due() and self._next():
            pass

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping = True

    def _next(self) -> bool:
        with self._claims.token() as token:
            begun = self._actions.begin(token, busy=self._busy())
            if begun is None:
                return False
            self._rings.act()  # another thread may help
            action = begun.action
            with bound_contextvars(action_id=action.id), self._counted(action.instance):
                try:
                    self._end(begun, token)
                except TakenOver:
                    log.warning("action was taken over by another worker")
                except TryAgain as exc:
                    self._actions.put_off(action.id, token, exc.due_at, str(exc))
                except AWAY as exc:
                    # the claim expires by itself; what was begun then counts as lost
                    log.error("action not written down: the database is away", error=type(exc).__name__)
            return True

    def _end(self, begun: Begun, token: str) -> None:
        action = begun.action
        try:
            self._write(action, token, self._ending(begun))
        except UNFIT as exc:
            reason = f"the database refuses what the plugin answers ({type(exc).__name__})"
            self._write(action, token, self._unknown(action, None, OutcomeNotKnown(reason)))

    def _ending(self, begun: Begun) -> Ending:
        action = begun.action
        target: Target | None = None
        try:
            target = self._target(begun)
            self._permission.check_person(action, target.command.item.who)
            if target.asks_first:
                return self._asked(action, target)
            if begun.lost and not target.command.item.idempotent:
                raise OutcomeNotKnown("the process that did it ended before it said what came of it")
            return self._done(action, target)
        except Refused as exc:
            return self._refused(action, exc)
        except RetryLater as exc:
            words = T("That is not possible just now: {why}", why=str(exc))
            return self._refused(action, Refused(words, f"not possible just now: {exc}"))
        except OutcomeNotKnown as exc:
            return self._unknown(action, target, exc)

    def _target(self, begun: Begun) -> Target:
        """Return what the action is about, unless it is not for this person or somebody else was first."""
        action, rival = begun.action, begun.rival
        if rival is not None and rival.state == ActionState.RUNNING:
            words = T("{who} is on it already.", who=self._readers.person(rival.actor))
            raise Refused(words, f"{rival.id} of user {rival.actor} was first")
        try:
            with self._database.read() as session:
                target = self._targets.of(session, action)
                if target.button is not None:
                    self._permission.check_place(session, action, target.button, target.command.item.who)
        except ButtonGone:
            if (
                rival is not None
            ):  # who that was is perhaps asked of the portal, which no transaction waits for
                raise self._second(rival) from None
            raise
        if rival is not None and (target.button is None or target.button.card.row.id < rival.told_as):
            raise self._second(rival)
        return target

    def _second(self, rival: Action) -> Refused:
        who, when = self._readers.person(rival.actor), Moment(at=rival.finished_at or rival.created_at)
        words = T("That is done already: {who}, {when}.", who=who, when=when)
        return Refused(words, f"{rival.id} of user {rival.actor} was first")

    def _asked(self, action: Action, target: Target) -> Ending:
        assert target.button is not None
        return Ending(
            state=ActionState.DONE,
            reason="asked whether it is meant",
            planned=[self._answers.question(action, target.button)],
            redraw=True,
            once=action.id,
        )

    def _done(self, action: Action, target: Target) -> Ending:
        with self._work.begin() as work:
            order = target.order(action)
            reply = self._perform.perform(order, language=self._readers.of(action.actor).language) or Reply()
            changes = work.close()
        button = target.button
        done = Done(
            action=action,
            card=target.card,
            used=None if button is None else button.action,
            question=None if button is None else button.question,
            person=self._readers.person(action.actor),
            at=self._clock.now(),
        )
        planned = self._answers.of_reply(done, reply)
        return Ending(
            state=ActionState.DONE,
            planned=planned,
            tells_card=target.card is not None and bool(planned) and planned[0].op == Op.CARD,
            further=reply.notifications,
            changes=changes,
        )

    def _refused(self, action: Action, refusal: Refused) -> Ending:
        planned = [self._answers.line(action, refusal.words, dialog=action.actor)] if refusal.words else []
        return Ending(state=ActionState.REFUSED, reason=refusal.reason, planned=planned, redraw=True)

    def _unknown(self, action: Action, target: Target | None, error: OutcomeNotKnown) -> Ending:
        what = target.label if target else action.command
        words = T("It is not known whether that was done: {what}. Look before you try again.", what=what)
        planned = [self._answers.line(action, words, dialog=action.actor)]
        return Ending(state=ActionState.UNKNOWN, reason=str(error), planned=planned, redraw=True)

    def _write(self, action: Action, token: str, ending: Ending) -> None:
        with self._database.write() as session:
            self._plan.reserve(session, ending.planned)
            now = self._database.now(session)
            told = [self._plan.write(session, planned, now).id for planned in ending.planned]
            values = {"reason": ending.reason, "once": ending.once or action.once}
            if ending.tells_card:
                values["told_as"] = told[0]
            if not self._actions.finish(session, action.id, token, ending.state, **values):
                raise TakenOver
            if ending.redraw and not action.typed:
                self._redraw(session, action)
            if ending.further:
                self._inbox.add_in(session, self._further(action, ending.further))
            for instance, change in ending.changes:
                apply_change(session, instance, change)
        self._counts.ended(action.instance, ending.state.value)
        tell = log.info if ending.state is ActionState.DONE else log.warning
        tell(
            f"action {ending.state.value}",
            instance=action.instance,
            command=action.command,
            actor=action.actor,
            event_id=action.origin,
            reason=ending.reason,
        )
        self._rings.deliver()
        if ending.further:
            self._rings.process(action.instance)

    def _redraw(self, session: Session, action: Action) -> None:
        card = self._targets.clicked_card(session, action)
        if card is not None:
            self._answers.redraw(session, action, card, self._database.now(session))

    def _further(self, action: Action, notifications: Sequence[Notification]) -> Inbox:
        now = self._clock.now()
        return Inbox(
            id=self._ids.new("e"),
            instance=action.instance,
            kind=InboxKind.COMMAND,
            key=f"command:{action.id}",
            received_at=now,
            request={"notifications": [each.model_dump(mode="json") for each in notifications]},
            due_at=now,
        )

    def _busy(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(name for name, number in self._under_way.items() if number >= THREADS)

    @contextmanager
    def _counted(self, instance: str) -> Iterator[None]:
        with self._lock:
            self._under_way[instance] += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way[instance] -= 1
