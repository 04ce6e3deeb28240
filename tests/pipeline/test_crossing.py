"""Rows cross to the writer's thread, and results come home to the event loops that wait for them."""

import asyncio
import threading

import pytest
from loops import run

from hub.pipeline.crossing import Crossing
from hub.storage.insert import WriteFailed
from hub.storage.writer import WriterFull


class Writer:
    """Holds what is submitted until it is told to answer, from a thread of its own."""

    def __init__(self):
        self.waiting = []

    def submit(self, rows, done):
        self.waiting.append((rows, done))

    def answer(self, *results):
        waiting, self.waiting = self.waiting, []

        def tell():
            for (_, done), result in zip(waiting, results or [rows for rows, _ in waiting], strict=True):
                done(result)

        threading.Thread(target=tell).start()


@pytest.fixture
def writer():
    return Writer()


@pytest.fixture
def crossing(writer):
    return Crossing(writer.submit)


async def begun(*commits):
    """Return tasks that wait for the writer."""
    tasks = [asyncio.ensure_future(commit) for commit in commits]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


def test_each_of_many_gets_its_own_result(crossing, writer):
    async def wait():
        tasks = await begun(*(crossing.commit([number]) for number in range(100)))
        writer.answer()
        return await asyncio.gather(*tasks)

    assert run(wait()) == [[number] for number in range(100)]


def test_an_error_is_raised_where_it_is_waited_for(crossing, writer):
    async def wait():
        tasks = await begun(crossing.commit(["bad"]), crossing.commit(["good"]))
        writer.answer(WriteFailed("gone"), ["good"])
        return await asyncio.gather(*tasks, return_exceptions=True)

    bad, good = run(wait())
    assert (type(bad), good) == (WriteFailed, ["good"])


def test_a_full_writer_refuses_only_whom_it_cannot_take():
    def submit(rows, done):
        if rows == ["too much"]:
            raise WriterFull
        done(rows)

    async def wait():
        crossing = Crossing(submit)
        commits = [crossing.commit([what]) for what in ("first", "too much", "last")]
        return await asyncio.gather(*commits, return_exceptions=True)

    first, refused, last = run(wait())
    assert (first, type(refused), last) == (["first"], WriterFull, ["last"])


def test_who_no_longer_waits_is_committed_and_keeps_nobody_waiting(crossing, writer):
    async def wait():
        gone, there = await begun(crossing.commit([1]), crossing.commit([2]))
        gone.cancel()
        taken = [rows for rows, _ in writer.waiting]
        writer.answer()
        return taken, await there

    assert run(wait()) == ([[1], [2]], [2])


def test_a_loop_that_is_closed_is_nobodys_trouble(crossing, writer):
    async def ask():
        await begun(crossing.commit([1]))

    async def wait():
        (task,) = await begun(crossing.commit([2]))
        writer.answer()
        return await task

    run(ask())
    writer.waiting.pop()[1]([1])
    assert run(wait()) == [2]
