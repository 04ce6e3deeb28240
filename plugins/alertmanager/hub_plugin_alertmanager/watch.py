"""Looking at Alertmanager once a minute: what it tells nobody about silences, and the end of silenced alerts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import httpx

from hub.plugin import Context, Notification, PluginError, TimerFired
from hub_plugin_alertmanager.actions import LEASE, SILENCE_OVER
from hub_plugin_alertmanager.api import AlertmanagerApi, ListedAlert, Look
from hub_plugin_alertmanager.silence_words import changed, resolved
from hub_plugin_alertmanager.silences import Card, Found, Made, Silences, covers

#: An Alertmanager that was restarted knows nothing until Prometheus has sent all again, which takes a minute or two.
GONE = timedelta(minutes=5)


class Watch:
    """Compares the open cards with what Alertmanager lists."""

    def __init__(self, ctx: Context, api: AlertmanagerApi, silences: Silences) -> None:
        self._ctx = ctx
        self._api = api
        self._silences = silences

    def look(self) -> Iterator[Notification]:
        """Tell what has changed; while Alertmanager is away everything stays as it is."""
        started = self._ctx.clock.now()
        if not self._silences.cards() and not self._silences.made():
            return
        try:
            look = self._api.look()
        except PluginError as exc:
            self._ctx.log.warning("cannot look at silences: %s", exc)
            return
        # read anew, because calls and clicks did not wait for Alertmanager
        made = [each for each in self._silences.made() if each.at <= started]
        self._keep(made, look)
        for card in self._silences.cards():
            if card.at <= started:
                yield from self._compare(card, [each for each in made if each.card == card.id], look)

    def over(self, fired: TimerFired) -> Iterator[Notification]:
        """Bring the buttons back, unless another silence lasts longer."""
        card = self._silences.card(fired.key)
        if card is None:
            return
        standing = self._silences.standing(card)
        if standing.until is not None:
            self._ctx.timers.set(SILENCE_OVER, card.id, standing.until)
        else:
            yield changed(card, standing, f"over:{fired.due_at.isoformat()}", fired.due_at)

    def _keep(self, made: Sequence[Made], look: Look) -> None:
        """Make silences "until resolved" longer while something fires, and end them afterwards."""
        now = self._ctx.clock.now()
        there = {each.id: each for each in look.silences}
        for each in made:
            silence = there.get(each.id)
            if silence is None or not each.until_resolved:
                continue
            fires = any(covers(each.labels, alert.labels) for alert in look.alerts)
            gone_since = None if fires else each.gone_since or now
            if gone_since and now - gone_since >= GONE:
                if self._done(self._api.expire, each.id):
                    self._silences.end(each.card, (each.id,), f"gone:{now.isoformat()}")
                continue
            ends = each.ends
            if fires and each.ends - now < LEASE / 2 and self._done(self._api.extend, silence, now + LEASE):
                ends = now + LEASE
                self._ctx.timers.set(SILENCE_OVER, each.card, ends)
            if (ends, gone_since) != (each.ends, each.gone_since):
                self._silences.make(each.model_copy(update={"ends": ends, "gone_since": gone_since}))

    def _compare(self, card: Card, made: Sequence[Made], look: Look) -> Iterator[Notification]:
        now, before = self._ctx.clock.now(), self._silences.standing(card)
        there = {each.id for each in look.silences}
        if lost := tuple(each.id for each in made if each.id not in there):
            self._silences.end(card.id, lost, f"lost:{now.isoformat()}")
        found = self._find(card, look, was_silenced=bool(made))
        if found.was_silenced and found.gone_since and now - found.gone_since >= GONE:
            self._silences.resolve(card.id)
            self._ctx.timers.cancel(SILENCE_OVER, card.id)
            yield resolved(card, found.gone_since, now)
            return
        if found.was_silenced:
            self._silences.find(card.id, found)
        after = self._silences.standing(card)
        if after != before:
            if after.until is not None:
                self._ctx.timers.set(SILENCE_OVER, card.id, after.until)
            yield changed(card, after, f"look:{now.isoformat()}", now)

    def _find(self, card: Card, look: Look, *, was_silenced: bool) -> Found:
        now, old = self._ctx.clock.now(), self._silences.found(card)
        firing = [alert for alert in look.alerts if _is_of(card, alert)]
        there = {each.id: each for each in look.silences}
        # of each alert the silence that lasts longest
        holding = [
            max(
                (there[id] for id in alert.status.silenced_by if id in there),
                key=lambda s: s.ends_at,
                default=None,
            )
            for alert in firing
        ]
        silenced = [each for each in holding if each is not None]
        all_are = bool(firing) and len(silenced) == len(firing)
        first = min(silenced, key=lambda each: each.ends_at) if all_are else None
        was = was_silenced or bool(silenced) or bool(old and old.was_silenced)
        return Found(
            at=now,
            firing=len(firing),
            silenced=len(silenced),
            until=first.ends_at if first else None,
            by=first.created_by[:100] if first else "",
            is_exact=any(each.is_exactly(card.labels) for each in look.silences),
            was_silenced=was or self._silences.was_ended(card),
            gone_since=None if firing else (old.gone_since if old else None) or now,
        )

    def _done(self, call: Callable[..., None], *args: object) -> bool:
        try:
            call(*args)
        except (PluginError, httpx.HTTPError) as exc:
            self._ctx.log.warning("cannot change a silence: %s", type(exc).__name__)
            return False
        return True


def _is_of(card: Card, alert: ListedAlert) -> bool:
    return covers(card.labels, alert.labels) if card.labels else alert.fingerprint in card.marks
