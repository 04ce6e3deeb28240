"""Questions whose answer may never come."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from loops import run

from hub.observe.asked import Asked


@pytest.fixture
def gate():
    """What a question waits for; open at the end, so that no thread is left."""
    gate = threading.Event()
    yield gate
    gate.set()


def test_an_answer_that_does_not_come_is_not_waited_for(gate):
    with pytest.raises(TimeoutError):
        Asked("x", gate.wait).answer(0.01)


def test_an_event_loop_does_not_wait_either(gate):
    with pytest.raises(TimeoutError):
        run(Asked("x", gate.wait).answer_async(0.01))


def test_who_asks_meanwhile_gets_the_same_answer(gate):
    asked = []

    def question():
        asked.append(1)
        gate.wait()
        return "yes"

    question = Asked("x", question)
    with pytest.raises(TimeoutError):
        question.answer(0.01)
    with ThreadPoolExecutor(3) as pool:
        answers = [pool.submit(question.answer, 10) for _ in range(3)]
        gate.set()
        assert [answer.result() for answer in answers] == ["yes"] * 3
    assert asked in ([1], [1, 1])  # the last one may have come after the answer


def test_what_the_question_raises_reaches_who_asks():
    with pytest.raises(ZeroDivisionError):
        Asked("x", lambda: 1 / 0).answer(10)


def test_the_next_question_is_asked_anew():
    numbers = iter(range(9))
    asked = Asked("x", lambda: next(numbers))
    assert (asked.answer(10), asked.answer(10)) == (0, 1)
