"""Who is on call when, computed a second time in another way: step by step, with a clock on the wall."""

# ruff: noqa: DTZ001, DTZ901 - what a clock on the wall shows has no zone

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.builtin.oncall.roster import Roster
from hub.builtin.oncall.schedule import Hours, Layer, Schedule, Shift
from hub.builtin.oncall.wall import instant

_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_QUARTER, _DAY, _INSTANT = timedelta(minutes=15), timedelta(days=1), timedelta(microseconds=1)


class Clock:
    """A clock on the wall of a zone; an hour that comes twice is not shown again."""

    def __init__(self, zone):
        self.zone = zone
        self.shown = datetime.min

    def look(self, moment):
        self.shown = max(self.shown, moment.astimezone(self.zone).replace(tzinfo=None, fold=0))
        return self.shown


def walked(plan, zone, moments):
    """Yield each moment with who is on call, by counting turns as the clock reaches their ends."""
    clock = Clock(zone)
    turns = [0] * len(plan["layers"])
    for moment in moments:
        wall = clock.look(moment)
        found = None
        for number, (users, rotation, start, hours) in enumerate(plan["layers"]):
            while wall >= start + (turns[number] + 1) * rotation:
                turns[number] += 1
            if wall >= start and (hours is None or within(hours, wall)):
                found = users[turns[number] % len(users)]
        for user, begins, length in plan["overrides"]:
            if begins <= wall < begins + length:
                found = user
        for user, begins, length in plan["taken"]:
            if begins <= moment < begins + length:
                found = user
        yield moment, found


def within(hours, wall):
    days, begins, ends = hours
    today, yesterday = _DAYS[wall.weekday()], _DAYS[wall.weekday() - 1]
    if begins < ends:
        return today in days and begins <= wall.time() < ends
    return (today in days and wall.time() >= begins) or (yesterday in days and wall.time() < ends)


def roster_of(plan, zone):
    layers = tuple(
        Layer(
            users=tuple(users),
            rotation=rotation,
            start=start,
            only=hours and Hours.read(f"{','.join(hours[0])} {hours[1]:%H:%M}-{hours[2]:%H:%M}"),
        )
        for users, rotation, start, hours in plan["layers"]
    )
    overrides = tuple(
        Shift(user=user, starts=instant(begins, zone), ends=instant(begins + length, zone))
        for user, begins, length in plan["overrides"]
    )
    taken = tuple(
        Shift(user=user, starts=begins, ends=begins + length) for user, begins, length in plan["taken"]
    )
    return Roster(schedule=Schedule(zone=zone, layers=layers, overrides=overrides), taken=taken)


def quarters(begin, end, step=_QUARTER):
    """Yield the moments of a grid, and the last ones before each."""
    moment = begin
    while moment < end:
        yield from (moment - _INSTANT, moment)
        moment += step


@cache
def changes(zone):
    """Return the days of the year on which its clocks change."""
    days = (BEGIN + n * _DAY for n in range(1, 364))
    return [
        day for day in days if day.astimezone(zone).utcoffset() != (day + _DAY).astimezone(zone).utcoffset()
    ]


def a_year(zone):
    """Return each quarter of an hour around the changes of clocks; elsewhere one a day, each day an earlier one."""
    near = [moment for day in changes(zone) for moment in quarters(day - _DAY / 4, day + 1.25 * _DAY)]
    return sorted({*near, *quarters(BEGIN, END, 95 * _QUARTER)})


BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
people = st.sampled_from(["a", "b", "c", "d"])
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
hours = st.tuples(st.lists(st.sampled_from(_DAYS), min_size=1, unique=True), times, times)
layers = st.tuples(
    st.lists(people, min_size=1, max_size=4, unique=True),
    st.integers(1, 1000).map(lambda n: timedelta(hours=n))
    | st.sampled_from([timedelta(hours=h) for h in (1, 8, 12, 24, 36, 168, 336)])
    | st.integers(4, 400).map(lambda n: n * _QUARTER),
    st.builds(datetime.combine, st.dates(date(2025, 12, 1), date(2026, 2, 1)), times),
    # an end that is not later than the beginning lies on the next day
    st.none() | hours,
)
#: Where clocks change at night, at midnight back to the day before, by half an hour, in Ramadan, and never.
zones = st.sampled_from(
    [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Sydney",
        "Australia/Lord_Howe",
        "America/Santiago",
        "Africa/Casablanca",
        "Europe/Moscow",
    ]
).map(ZoneInfo)


@st.composite
def plans(draw):
    """Draw a zone and a plan, whose exceptions gather around the changes of its clocks."""
    zone = draw(zones)
    days = st.sampled_from(changes(zone) or [BEGIN + 100 * _DAY]) | st.dates(
        BEGIN.date(), date(2026, 12, 20)
    ).map(lambda day: datetime.combine(day, time.min, UTC))
    begins = st.builds(lambda day, n: day + n * _QUARTER, days, st.integers(-48, 144))
    lengths = st.integers(1, 500).map(lambda n: n * _QUARTER)
    shown = begins.map(lambda moment: moment.astimezone(zone).replace(tzinfo=None, fold=0))
    plan = {
        "layers": draw(st.lists(layers, min_size=1, max_size=3)),
        "overrides": draw(st.lists(st.tuples(people, shown, lengths), max_size=3)),
        "taken": draw(st.lists(st.tuples(people, begins, lengths), max_size=2)),
    }
    return zone, plan


@settings(max_examples=40, deadline=None)
@given(plans())
def test_a_year_of_turns_is_as_a_clock_on_the_wall_shows_them(drawn):
    zone, plan = drawn
    roster = roster_of(plan, zone)

    for moment, expected in walked(plan, zone, a_year(zone)):
        assert next(iter(roster.at(moment)), None) == expected, moment


@settings(max_examples=40, deadline=None)
@given(plans(), st.data())
def test_the_next_change_is_the_first_moment_with_somebody_else(drawn, data):
    zone, plan = drawn
    day = data.draw(st.sampled_from(changes(zone) or [BEGIN + 200 * _DAY]))
    begin, end = day - _DAY / 2, day + 1.5 * _DAY
    # turns are counted from before the first one
    before = quarters(BEGIN - 31 * _DAY, begin, _DAY)
    seen = list(walked(plan, zone, [*before, *quarters(begin, end)]))
    seen = [step for step in seen if step[0] >= begin]
    expected = next((moment for moment, who in seen if who != seen[0][1]), None)

    assert roster_of(plan, zone).next_change(begin, end - _QUARTER) == expected


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        pytest.param(datetime(2026, 3, 29, 2, 30), datetime(2026, 3, 29, 1, 0, tzinfo=UTC), id="left-out"),
        pytest.param(datetime(2026, 10, 25, 2, 30), datetime(2026, 10, 25, 0, 30, tzinfo=UTC), id="twice"),
        pytest.param(datetime(2026, 7, 1, 9, 0), datetime(2026, 7, 1, 7, 0, tzinfo=UTC), id="once"),
    ],
)
def test_a_time_on_the_wall_is_the_first_moment_that_shows_it(wall, expected):
    assert instant(wall, BERLIN) == expected


def test_the_later_one_wins_and_the_others_stand_in():
    start = datetime(2026, 1, 5, 9)
    now = datetime(2026, 1, 6, 12, tzinfo=UTC)

    def shift(user, hours=1):
        return Shift(user=user, starts=now - timedelta(hours=1), ends=now + timedelta(hours=hours))

    plan = Schedule(
        zone=BERLIN,
        layers=(
            Layer(users=("a", "b"), rotation=timedelta(days=7), start=start),
            Layer(
                users=("c", "d"),
                rotation=timedelta(days=1),
                start=start,
                only=Hours.read("mon-fri 09:00-18:00"),
            ),
        ),
        overrides=(shift("e"), shift("f")),
    )
    roster = Roster(schedule=plan, taken=(shift("a", 2),))

    assert roster.at(now) == ("a", "f", "e", "d", "c", "b")
    assert roster.next_change(now) == now + timedelta(hours=2)
    assert roster.at(now + timedelta(hours=2)) == ("d", "c", "a", "b")
