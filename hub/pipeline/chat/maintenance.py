"""``/maintenance``: nobody is told of something for a while, because somebody works on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from pydantic import ValidationError

from hub.pipeline.act.refusal import Refused
from hub.pipeline.treat.maintenance import Holding
from hub.pipeline.treat.windows import MOST, Window, Windows
from hub.plugin import Clock, Command, CommandCall, Moment, Reply, T, Value, Who, Words, lines
from hub.settings import Match, parse_duration

_LONGEST = timedelta(days=30)
#: Characters of a duration; Python itself reads no number of thousands of digits.
_MOST_OF_A_DURATION = 20
_MOST_CHARACTERS = 500
_OWN = ("instance", "kind", "severity")


class MaintenanceCommands:
    """Opens and ends windows; they are asked for late, because commands are declared before there is a pipeline."""

    def __init__(self, windows: Callable[[], Windows], holding: Callable[[], Holding], clock: Clock) -> None:
        self._windows = windows
        self._holding = holding
        self._clock = clock

    def commands(self) -> Iterable[Command]:
        """Return ``/maintenance``."""
        yield Command(
            name="maintenance",
            summary="Hold messages back while somebody works on something",
            usage="2h host=web1",
            handler=self._maintenance,
            who=Who.ADMIN,
            chat=True,
            idempotent=True,
        )

    def _maintenance(self, call: CommandCall) -> Reply:
        first, *conditions = call.text.split() or [""]
        if not first:
            return Reply(text=lines(*self._listed(), _how()))
        if first.lower() == "end" and not conditions:
            return Reply(text=self._ended())
        window = Window(
            id=call.id,
            match=_match(conditions),
            starts=(now := self._clock.now()),
            ends=now + _length(first),
            dialog=call.dialog,
            actor=call.actor,
        )
        if len(self._windows().opened()) >= MOST:
            raise Refused(T("There are too many windows; /maintenance end ends them."), f"{MOST} windows")
        self._holding().begin(window)
        return Reply(text=_told(window))

    def _listed(self) -> Iterator[Value]:
        now = self._clock.now()
        found = [each for each in (*self._windows().written(), *self._windows().opened()) if each.ends > now]
        yield from map(_told, sorted(found, key=lambda window: window.ends))
        if not found:
            yield T("There is no maintenance.")

    def _ended(self) -> Words:
        found = self._windows().opened()
        for window in found:
            self._holding().end(window)
        return T("{n} window ended.", "{n} windows ended.", n=len(found))


def _told(window: Window) -> Words:
    values: dict[str, Value] = {"what": window.conditions or T("everything"), "until": Moment(at=window.ends)}
    return T("Maintenance until {until}: {what}", **values)


def _how() -> Words:
    return T(
        "/maintenance 2h host=web1 holds back what has this label, for two hours; instance=, kind= and severity= work"
        " alike, and * stands for anything. /maintenance end ends all that was begun in chat."
    )


def _length(word: str) -> timedelta:
    try:
        length = parse_duration(word if len(word) <= _MOST_OF_A_DURATION else "")
    except ValueError as exc:
        raise Refused(_how(), "the first word is no duration") from exc
    if length > _LONGEST:
        raise Refused(T("Maintenance lasts at most 30 days."), f"{length} is longer than {_LONGEST}")
    return length


def _match(conditions: list[str]) -> Match:
    """Read ``host=web1 severity=warning|info``; without a condition nobody would hear of anything."""
    own: dict[str, object] = {}
    labels: dict[str, object] = {}
    for condition in conditions:
        name, sign, value = condition.partition("=")
        if not (name and sign and value) or len(condition) > _MOST_CHARACTERS:
            raise Refused(_how(), "a condition is no name=value")
        (own if name in _OWN else labels)[name] = tuple(value.split("|"))
    if not own and not labels:
        raise Refused(_how(), "no condition was given")
    try:
        return Match.model_validate({**own, "labels": labels})
    except ValidationError as exc:
        raise Refused(_how(), "a condition has a value that cannot be") from exc
