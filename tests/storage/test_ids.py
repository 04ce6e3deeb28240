"""Ids that sort like the time they were made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.storage.columns import Instant, from_micros, to_micros
from hub.storage.ids import IdFactory
from hub.testing import MovedClock


def test_id_is_its_prefix_and_18_characters(clock: MovedClock) -> None:
    id = IdFactory(clock).new("e")

    assert id[0] == "e"
    assert len(id) == 19


def test_ids_of_one_moment_increase(clock: MovedClock) -> None:
    factory = IdFactory(clock)

    made = [factory.new("d") for _ in range(70_000)]  # more than fit into a millisecond's counter

    assert made == sorted(set(made))


def test_ids_increase_when_the_clock_steps_back(clock: MovedClock) -> None:
    factory = IdFactory(clock)
    before = factory.new("n")

    clock.move(-timedelta(hours=1))

    assert factory.new("n") > before


def test_ids_of_two_processes_sort_by_time(clock: MovedClock) -> None:
    earlier = IdFactory(clock).new("e")
    clock.move(timedelta(milliseconds=1))

    assert IdFactory(clock).new("e") > earlier


def test_moments_are_kept_to_the_microsecond() -> None:
    moment = datetime(2026, 11, 22, 10, 5, 0, 123457, tzinfo=UTC)

    assert from_micros(to_micros(moment)) == moment


def test_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError, match="offset-naive"):
        Instant().process_bind_param(datetime(2026, 11, 22), None)  # noqa: DTZ001
