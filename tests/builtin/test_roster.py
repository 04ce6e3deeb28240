"""Who is on call when, computed a second time in another way: minute by minute, with a clock on the wall."""

# ruff: noqa: DTZ001, DTZ901 - what a clock on the wall shows has no zone

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.builtin.oncall.roster import Roster
from hub.builtin.oncall.schedule import Hours, Layer, Schedule, Shift
from hub.builtin.oncall.wall import instant

_DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_STEP = timedelta(minutes=15)


class Clock:
    """A clock on the wall of a zone; an hour that comes twice is not shown again."""

    def __init__(self, zone):
        self.zone = zone
        self.shown = datetime.min

    def look(self, moment):
        self.shown = max(self.shown, moment.astimezone(self.zone).replace(tzinfo=None, fold=0))
        return self.shown


def walked(layers, zone, begin, end):
    """Yield each quarter of an hour with who is on call, by counting turns as the clock reaches their ends."""
    clock = Clock(zone)
    turns = [0] * len(layers)
    moment = begin
    while moment < end:
        wall = clock.look(moment)
        found = None
        for number, (users, rotation, start, hours) in enumerate(layers):
            while wall >= start + (turns[number] + 1) * rotation:
                turns[number] += 1
            if wall >= start and (hours is None or within(hours, wall)):
                found = users[turns[number] % len(users)]
        yield moment, found
        moment += _STEP


def within(hours, wall):
    days, begins, ends = hours
    today, yesterday = _DAYS[wall.weekday()], _DAYS[wall.weekday() - 1]
    if begins < ends:
        return today in days and begins <= wall.time() < ends
    return (today in days and wall.time() >= begins) or (yesterday in days and wall.time() < ends)


def schedule(layers, zone):
    return Schedule(
        zone=zone,
        layers=tuple(
            Layer(
                users=tuple(users),
                rotation=rotation,
                start=start,
                only=None
                if hours is None
                else Hours.read(f"{','.join(hours[0])} {hours[1]:%H:%M}-{hours[2]:%H:%M}"),
            )
            for users, rotation, start, hours in layers
        ),
    )


quarters = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
layers = st.tuples(
    st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=4, unique=True),
    st.sampled_from([timedelta(hours=h) for h in (1, 8, 12, 24, 36, 168)]),
    st.builds(
        datetime.combine, st.dates(datetime(2025, 12, 1).date(), datetime(2026, 2, 1).date()), quarters
    ),
    st.none()
    | st.tuples(st.lists(st.sampled_from(_DAYS), min_size=1, unique=True), quarters, quarters).filter(
        lambda hours: hours[1] != hours[2]
    ),
)
#: Where clocks change at night, at midnight, by half an hour, and never.
zones = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Europe/Moscow"]
).map(ZoneInfo)


@settings(max_examples=3, deadline=None)
@given(st.lists(layers, min_size=1, max_size=3), zones.filter(lambda zone: zone.key != "Europe/Moscow"))
def test_a_year_of_turns_is_as_a_clock_on_the_wall_shows_them(layers, zone):
    roster = Roster(schedule=schedule(layers, zone))
    begin, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)

    for number, (moment, expected) in enumerate(walked(layers, zone, begin, end)):
        if number % 7 and not is_near_a_change(moment, zone):
            continue
        assert next(iter(roster.at(moment)), None) == expected, moment


@settings(max_examples=6, deadline=None)
@given(
    st.lists(layers, min_size=1, max_size=3),
    zones,
    st.sampled_from([(3, 7), (3, 28), (4, 4), (10, 3), (10, 24), (10, 31)]),
)
def test_the_next_change_is_the_first_moment_with_somebody_else(layers, zone, day):
    roster = Roster(schedule=schedule(layers, zone))
    begin = datetime(2026, *day, 12, tzinfo=UTC)
    end = begin + timedelta(days=2)
    # walked from the year's beginning, because turns are counted
    seen = [step for step in walked(layers, zone, datetime(2025, 12, 1, tzinfo=UTC), end) if step[0] >= begin]
    first = seen[0][1]
    expected = next((moment for moment, who in seen if who != first), None)

    assert roster.next_change(begin, end - _STEP) == expected


def is_near_a_change(moment, zone):
    day = timedelta(days=1)
    return (moment - day).astimezone(zone).utcoffset() != (moment + day).astimezone(zone).utcoffset()


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
