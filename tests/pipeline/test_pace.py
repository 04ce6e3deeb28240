"""How much fits into a request, and how many requests are on their way."""

import pytest

from hub.pipeline.deliver.pace import MOST_COMMANDS, MOST_STREAMS, Pace


def paced(*requests, rate=2.0):
    pace = Pace(rate)
    for commands, seconds in requests:
        pace.observe(commands, seconds)
    return pace


def test_an_unknown_portal_gets_full_requests():
    assert Pace(2.0).commands == MOST_COMMANDS


def test_an_instant_portal_needs_no_more_than_two_requests_at_a_time():
    assert paced((50, 0.05)).streams == 2


def test_a_portal_of_45_ms_for_each_command_gets_full_requests_in_every_stream():
    pace = paced((50, 2.25))
    assert (pace.commands, pace.streams) == (50, MOST_STREAMS)


@pytest.mark.parametrize("seconds", [0.6, 1.0, 5.0, 59.0])
def test_a_request_stays_far_below_what_the_portal_cuts_off(seconds):
    commands = paced((1, seconds)).commands
    assert commands == 1 or commands * seconds <= 10.0


def test_one_slow_request_is_believed_at_once_and_forgotten_little_by_little():
    pace = paced((50, 0.5), (50, 50.0))
    assert pace.commands == 10
    for _ in range(20):
        pace.observe(pace.commands, 0.01 * pace.commands)
    assert pace.commands == MOST_COMMANDS
