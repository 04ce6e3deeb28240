"""``/oncall``: who is on call, and taking it over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from hub.builtin.oncall.people import DutyPeople
from hub.builtin.oncall.rosters import Rosters
from hub.plugin import (
    Clock,
    Command,
    CommandCall,
    Moment,
    PermanentFailure,
    Reply,
    T,
    Value,
    Who,
    Words,
    lines,
)

_LONGEST = timedelta(days=30)
#: Characters of a duration; Python itself reads no number of thousands of digits.
_MOST_OF_A_DURATION = 20


class DutyCommands:
    """What can be typed.

    Args:
        changed: told of a schedule whose roster is another one now.
    """

    def __init__(
        self,
        *,
        rosters: Rosters,
        people: DutyPeople,
        read_duration: Callable[[str], timedelta],
        clock: Clock,
        changed: Callable[[str], None],
    ) -> None:
        self._rosters = rosters
        self._people = people
        self._read_duration = read_duration
        self._clock = clock
        self._changed = changed

    def commands(self) -> Iterable[Command]:
        """Return ``/oncall``."""
        yield Command(
            name="oncall",
            summary="Who is on call; take it over",
            usage="(take 2h (schedule))",
            handler=self._oncall,
            who=Who.ANYONE,
            chat=True,
        )

    def _oncall(self, call: CommandCall) -> Reply:
        words = call.text.split()
        if not words:
            return Reply(text=lines(*self._all()))
        if words[0].lower() != "take" or len(words) not in (2, 3):
            raise PermanentFailure("write /oncall, /oncall take 2h, or /oncall take 2h schedule")
        name = self._schedule(words[2] if len(words) == 3 else "")
        length = self._length(words[1])
        self._check_is_one_of_them(name, call.actor)
        shift = self._rosters.take(name, f"user:{call.actor}", length)
        self._changed(name)
        return Reply(text=_told(name, self._people.person(shift.user), shift.ends))

    def _all(self) -> Iterator[Value]:
        now = self._clock.now()
        for duty in self._rosters.all_on_duty(now):
            if duty.user:
                yield _told(duty.schedule, self._people.person(duty.user), duty.until)
            elif duty.remark:
                yield T("{schedule}: {why}", schedule=duty.schedule, why=duty.remark)
            else:
                yield T("{schedule}: nobody is on call", schedule=duty.schedule)

    def _schedule(self, name: str) -> str:
        names = self._rosters.names
        if name in names:
            return name
        if not name and len(names) == 1:
            return names[0]
        raise PermanentFailure(f"name the schedule, one of {', '.join(names)}: /oncall take 2h {names[0]}")

    def _length(self, word: str) -> timedelta:
        try:
            length = self._read_duration(word if len(word) <= _MOST_OF_A_DURATION else "")
        except ValueError as exc:
            raise PermanentFailure("write how long, for example 90m, 2h or 1d") from exc
        if length > _LONGEST:
            raise PermanentFailure("at most 30 days can be taken")
        return length

    def _check_is_one_of_them(self, name: str, actor: str) -> None:
        """Let only people of the schedule take it: what comes to whoever is on call is not for everybody."""
        for address in sorted(self._rosters.people(name, self._clock.now())):
            try:
                someone = self._people.find(address)
            except PermanentFailure:
                continue
            if someone is not None and someone.id == actor:
                return
        raise PermanentFailure(f"only people of the schedule {name} can take it")


def _told(name: str, person: Value, until: datetime | None) -> Words:
    if until is None:
        return T("{schedule}: {who} is on call", schedule=name, who=person)
    return T("{schedule}: {who} is on call until {until}", schedule=name, who=person, until=Moment(at=until))
