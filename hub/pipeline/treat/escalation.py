"""Escalation: what is critical and nobody acknowledges goes on to others, level by level.

It begins when a critical notification is told to ``oncall:NAME`` and that schedule has levels. A durable timer stands
for the next level, which waits while maintenance holds the card back. It ends when somebody acknowledges, in chat or
where the problem comes from, or when the thread says something that is no longer critical.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import JsonValue

from hub.pipeline.addressing import Addressed
from hub.pipeline.follows import Follows, Ready
from hub.pipeline.resolve import Resolution, Resolve
from hub.pipeline.treat.escalation_words import with_words
from hub.pipeline.treat.ready import decided, digest, with_notification
from hub.pipeline.treat.watching import Acknowledged, Beginning, Over, Told, Watch, Watches
from hub.pipeline.treat.windows import Window
from hub.plugin import Clock, Mode, Notification, Person, ProblemState, Severity, Store, TimerFired, Timers
from hub.settings import Escalation as Level
from hub.settings import OnCall

TIMER = "escalate"

_FIRST_TOLD = "supervisor:oncall"
_LOOK_AGAIN = timedelta(minutes=5)


class Escalation:
    """One watch for each thread.

    Args:
        store, timers: the hub's own.
        shown: what the newest card of a thread says, by instance and thread.
        window: the maintenance that a card of an instance falls into.
    """

    def __init__(
        self,
        *,
        schedules: Mapping[str, OnCall],
        store: Store,
        timers: Timers,
        resolve: Resolve,
        clock: Clock,
        person: Callable[[str], Person],
        shown: Callable[[str, str], Notification | None],
        window: Callable[[str, Notification], Window | None],
    ) -> None:
        self._schedules = {name: each for name, each in schedules.items() if each.escalation}
        self._watches = Watches(store)
        self._timers = timers
        self._resolve = resolve
        self._clock = clock
        self._person = person
        self._shown = shown
        self._window = window

    def treat(self, instance: str, addressed: Addressed) -> Addressed:
        """Begin or end a watch, and let the card say how it stands."""
        notification = addressed.notification
        if not self._schedules or notification.suppressed or addressed.decision.dropped:
            return addressed
        thread = notification.thread or f"card:{notification.key}"
        id = digest(instance, thread)
        watch = self._watches.get(id)
        if _is_no_matter(notification):
            if watch is not None and watch.over is None:
                self._end(id)
        elif notification.problem is ProblemState.ACKNOWLEDGED:
            if watch is not None and watch.goes_on:
                self._acknowledge(id, "")
        elif notification.mode is Mode.OPEN and (watch is None or _is_another(watch, notification)):
            schedule = self._schedule(addressed)
            if schedule:
                self._begin(id, instance, thread, schedule, addressed)
        watch = self._watches.get(id)
        if watch is None:
            return addressed
        words = with_words(notification.model_copy(update={"thread": thread}), id, watch, self._person)
        return with_notification(addressed, words)

    def answered(self, instance: str, card: Notification, actor: str) -> Notification:
        """Return a card's new words after a click of *actor*, with how its watch stands; acknowledged is by them."""
        if not self._schedules:
            return card
        id = digest(instance, card.thread)
        watch = self._watches.get(id)
        if watch is not None and watch.goes_on and card.problem is ProblemState.ACKNOWLEDGED:
            self._acknowledge(id, actor)
        return self.words(id, card)

    def fired(self, fired: TimerFired, origin: str) -> Follows:
        """Tell the next level, unless that is no longer needed."""
        id, data = fired.key, fired.data if isinstance(fired.data, dict) else {}
        level, watch = int(str(data.get("level", 1))), self._watches.get(id)
        if watch is None or watch.beginning.at.isoformat() != data.get("began"):
            return Follows(reason="what it was about has ended")
        if not watch.goes_on:
            return Follows(reason=f"nobody else needs to be told: {_why(watch)}")
        begun = watch.beginning
        card = self._shown(begun.instance, begun.thread)
        levels = self._levels(begun.schedule)
        if card is None or _is_no_matter(card) or level > len(levels):
            self._end(id)
            return Follows(reason="nobody else needs to be told: it is over")
        if window := self._window(begun.instance, card):
            # it may be ended early
            self._timers.set(TIMER, id, min(window.ends, self._clock.now() + _LOOK_AGAIN), fired.data)
            return Follows(reason=f"nobody else is told during {window.reason}")
        to = tuple(
            f"supervisor:{begun.first}" if address == _FIRST_TOLD else address
            for address in levels[level - 1].to
        )
        resolution = self._resolve.resolve(to, card)
        self._note(id, level, resolution)
        self._arm(id, begun.schedule, begun.at, level + 1)
        return Follows(ready=self._words(id, begun, level, card.model_copy(update={"to": to}), resolution))

    def acknowledge(self, id: str, began: str, actor: str) -> bool:
        """Let nobody else be told; False when it has ended already."""
        watch = self._watches.get(id)
        if watch is None or not watch.goes_on or watch.beginning.at.isoformat() != began:
            return False
        self._acknowledge(id, actor)
        return True

    def words(self, id: str, card: Notification) -> Notification:
        """Return *card* with how its watch stands now."""
        watch = self._watches.get(id)
        return card if watch is None else with_words(card, id, watch, self._person)

    def _words(
        self, id: str, begun: Beginning, level: int, card: Notification, resolution: Resolution
    ) -> tuple[Ready, ...]:
        key = f"{card.key.partition('#')[0][:400]}#escalated:{begun.at.isoformat()}:{level}"
        words = self.words(id, card).model_copy(update={"thread": begun.thread, "suppressed": ""})
        reason = f"level {level} of the escalation of oncall.{begun.schedule}"
        # first those who have the card: who is told now may be among them
        here = words.model_copy(update={"key": f"{key}:card", "mode": Mode.UPDATE, "loud": False})
        next_ = words.model_copy(update={"key": key, "mode": Mode.OPEN, "loud": True})
        return (
            Ready(instance=begun.instance, addressed=decided(here, reason)),
            Ready(instance=begun.instance, addressed=decided(next_, reason, resolution)),
        )

    def _begin(self, id: str, instance: str, thread: str, schedule: str, addressed: Addressed) -> None:
        now = self._clock.now()
        people = (each.id for each in addressed.resolution.recipients if each.kind == "user")
        beginning = Beginning(
            instance=instance,
            thread=thread,
            schedule=schedule,
            key=addressed.notification.key,
            at=now,
            first=next(people, ""),
        )
        self._watches.begin(id, beginning)
        self._note(id, 0, addressed.resolution)
        self._arm(id, schedule, now, 1)

    def _acknowledge(self, id: str, by: str) -> None:
        self._watches.acknowledge(id, Acknowledged(at=self._clock.now(), by=by))
        self._timers.cancel(TIMER, id)

    def _end(self, id: str) -> None:
        self._watches.end(id, Over(at=self._clock.now()))
        self._timers.cancel(TIMER, id)

    def _note(self, id: str, level: int, resolution: Resolution) -> None:
        dialogs = tuple(each.dialog for each in resolution.recipients)
        self._watches.told(id, level, Told(at=self._clock.now(), dialogs=dialogs))

    def _arm(self, id: str, schedule: str, began: datetime, level: int) -> None:
        levels = self._levels(schedule)
        if level <= len(levels):
            data: dict[str, JsonValue] = {"level": level, "began": began.isoformat()}
            self._timers.set(TIMER, id, began + levels[level - 1].after, data)

    def _levels(self, schedule: str) -> Sequence[Level]:
        found = self._schedules.get(schedule)
        return () if found is None else found.escalation

    def _schedule(self, addressed: Addressed) -> str:
        """Return the first schedule with levels that it is told to."""
        named = (address.partition(":") for address in addressed.decision.addresses)
        return next((rest for scheme, _, rest in named if scheme == "oncall" and rest in self._schedules), "")


def _is_no_matter(notification: Notification) -> bool:
    """Say whether it is nothing that more people have to hear of."""
    return notification.is_over or notification.severity is not Severity.CRITICAL


def _is_another(watch: Watch, notification: Notification) -> bool:
    """Say whether a new watch may begin; not for what is only told once more."""
    return watch.over is not None and watch.beginning.key != notification.key


def _why(watch: Watch) -> str:
    if watch.over is not None or watch.acknowledged is None:
        return "it is over"
    by = watch.acknowledged.by
    return f"acknowledged by user {by}" if by else "it is acknowledged where it comes from"
