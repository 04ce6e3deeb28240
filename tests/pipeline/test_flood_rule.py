"""When a message is one too many, and when it has calmed down."""

from datetime import UTC, datetime, timedelta

from hub.pipeline.flood_rule import arrive
from hub.settings import Rate
from hub.storage.columns import to_micros

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TWO_A_MINUTE = Rate(2, timedelta(minutes=1))


def arrivals(*seconds, rate=TWO_A_MINUTE):
    """Return what each arrival means, the moments given in seconds after noon."""
    found, latest = [], []
    for second in seconds:
        found.append(arrive(latest, rate, NOON + timedelta(seconds=second)))
        latest = found[-1].latest
    return found


def above(*seconds, rate=TWO_A_MINUTE):
    return [each.above for each in arrivals(*seconds, rate=rate)]


def over_after(*seconds):
    return (arrivals(*seconds)[-1].over_at - NOON).total_seconds()


def test_as_many_as_the_limit_says_are_not_too_many():
    assert above(0, 0, 0, 0) == [False, False, True, True]


def test_the_window_moves_along():
    assert above(0, 50, 61, 109, 110) == [False, False, False, True, True]


def test_a_message_exactly_one_window_ago_counts_no_more():
    assert above(0, 30, 60) == [False, False, False]


def test_what_is_above_the_limit_counts_too():
    assert above(0, 0, 20, 40, 60, 80, 100) == [False, False, True, True, True, True, True]


def test_it_has_calmed_down_when_a_whole_window_holds_fewer_than_the_limit():
    assert over_after(0, 0, 20, 40) == 80
    assert above(0, 0, 20, 40, 80) == [False, False, True, True, False]


def test_below_the_limit_it_is_over_when_the_last_one_has_left_the_window():
    assert over_after(5) == 65


def test_no_more_moments_are_kept_than_the_rule_needs():
    assert [len(each.latest) for each in arrivals(*range(10))] == [1, *[2] * 9]


def test_a_limit_of_one_lets_one_through_in_each_window():
    assert above(0, 59, 60, 119, 179, rate=Rate(1, timedelta(minutes=1))) == [False, True, True, True, False]


def test_a_clock_that_steps_back_forgets_nothing():
    assert above(0, 0, -30) == [False, False, True]


def test_critical_messages_and_others_share_the_limit():
    others = [to_micros(NOON), to_micros(NOON)]
    assert arrive([], TWO_A_MINUTE, NOON, others=others).above
    assert not arrive([], TWO_A_MINUTE, NOON + timedelta(minutes=1), others=others).above


def test_the_first_three_critical_ones_of_a_window_are_shown_however_many_others_came():
    rate, latest, seen = Rate(20, timedelta(minutes=1)), [], []
    others = [to_micros(NOON)] * 20
    for _ in range(5):
        arrival = arrive(latest, rate, NOON, others=others, critical=True)
        latest = arrival.latest
        seen.append(arrival.above)
    assert seen == [False, False, False, True, True]
