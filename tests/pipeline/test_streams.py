"""The threads that carry requests to the portal."""

import threading

from hub.pipeline.deliver.streams import Streams


def test_streams_carry_at_the_same_time_and_say_when_one_has_ended():
    changed = threading.Event()
    streams = Streams(changed)
    meeting = threading.Barrier(3)
    for _ in range(3):
        streams.start(lambda: meeting.wait(5))

    streams.wait()

    assert (streams.busy, changed.is_set(), meeting.broken) == (0, True, False)


def test_work_that_fails_takes_no_stream_with_it():
    streams = Streams(threading.Event())
    done = threading.Event()

    def fail():
        raise ArithmeticError

    streams.start(fail)
    streams.wait()
    streams.start(done.set)
    streams.wait()

    assert done.is_set()
